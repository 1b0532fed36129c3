// Reads the ELF symbol table of the file that this code was loaded from.
#include "common/emulation/symbols.h"

#include <cxxabi.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>

#if defined(__linux__)
#include <link.h>
#endif

namespace regrow::emulation {

#if defined(__linux__)
namespace {

struct Module {
  std::string file;
  ElfW(Addr) base = 0;            // what is added to the addresses in the file
  char* thread_locals = nullptr;  // the calling thread's
};

// The program or plugin that holds this code.
Module this_module() {
  Module module;
  const auto find = [](dl_phdr_info* info, std::size_t, void* found) {
    const auto here = reinterpret_cast<ElfW(Addr)>(&this_module);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
      const auto& segment = info->dlpi_phdr[i];
      const ElfW(Addr) begin = info->dlpi_addr + segment.p_vaddr;
      if (segment.p_type != PT_LOAD || here < begin || here >= begin + segment.p_memsz) continue;
      *static_cast<Module*>(found) = {info->dlpi_name, info->dlpi_addr,
                                      static_cast<char*>(info->dlpi_tls_data)};
      return 1;
    }
    return 0;
  };
  dl_iterate_phdr(find, &module);
  if (module.file.empty()) module.file = "/proc/self/exe";
  return module;
}

struct Symbol {
  std::string name;
  unsigned char type;
  std::size_t value;
  std::size_t bytes;
};

// Functions, and thread_local variables of functions.
std::vector<Symbol> read_symbols() {
  std::ifstream file(this_module().file, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  std::vector<Symbol> symbols;
  if (content.size() < sizeof(ElfW(Ehdr))) return symbols;
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(content.data());
  if (header->e_shoff + header->e_shnum * sizeof(ElfW(Shdr)) > content.size()) return symbols;
  const auto* const sections =
      reinterpret_cast<const ElfW(Shdr)*>(content.data() + header->e_shoff);
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_SYMTAB) continue;
    const char* const names = content.data() + sections[sections[i].sh_link].sh_offset;
    const auto* const table =
        reinterpret_cast<const ElfW(Sym)*>(content.data() + sections[i].sh_offset);
    for (std::size_t k = 0; k < sections[i].sh_size / sizeof(ElfW(Sym)); ++k) {
      const auto type = static_cast<unsigned char>(ELF64_ST_TYPE(table[k].st_info));
      const std::string_view name = names + table[k].st_name;
      if (table[k].st_size > 0 &&
          (type == STT_FUNC || (type == STT_TLS && name.starts_with("_ZZ")))) {
        symbols.push_back({std::string(name), type, table[k].st_value, table[k].st_size});
      }
    }
  }
  return symbols;
}

const std::vector<Symbol>& symbols() {
  static const std::vector<Symbol> once = read_symbols();
  return once;
}

}  // namespace

std::string mangled_name(const void* address) {
  const std::size_t place = reinterpret_cast<ElfW(Addr)>(address) - this_module().base;
  for (const Symbol& symbol : symbols()) {
    if (symbol.type == STT_FUNC && symbol.value == place) return symbol.name;
  }
  return "";
}

std::vector<ThreadLocalVariable> shared_variables(const void* kernel) {
  static std::mutex mutex;
  static std::map<const void*, std::vector<ThreadLocalVariable>> known;
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = known.try_emplace(kernel);
  if (!is_new) return entry->second;
  // A variable of the function _Z1f is called _ZZ1fE1x.
  const std::string function = mangled_name(kernel);
  const std::string own = function.size() > 2 ? "_ZZ" + function.substr(2) + "E" : "none";
  for (const Symbol& symbol : symbols()) {
    if (symbol.type != STT_TLS) continue;
    const bool of_helper = symbol.name.find("6regrow4cuda") != std::string::npos &&
                           symbol.name.find("_kernel") == std::string::npos;
    if (symbol.name.starts_with(own) || of_helper) {
      entry->second.push_back({symbol.value, symbol.bytes});
    }
  }
  return entry->second;
}

char* thread_local_base() { return this_module().thread_locals; }

#else

std::string mangled_name(const void*) { return ""; }
std::vector<ThreadLocalVariable> shared_variables(const void*) { return {}; }
char* thread_local_base() { return nullptr; }

#endif

std::string kernel_name(const void* kernel) {
  const std::string mangled = mangled_name(kernel);
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), std::free);
  if (mangled.empty() || status != 0) return "a kernel";
  std::string name = readable.get();
  // Parameters go; so does the return type that templates are written with.
  int depth = 0;
  std::size_t begin = 0, end = name.size();
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (depth > 0) continue;
    if (name[i] == ' ' && name.substr(0, i) != "(anonymous") begin = i + 1;
    if (name[i] == '(' && !name.substr(i).starts_with("(anonymous namespace)")) {
      end = i;
      break;
    }
    if (name[i] == '(') i += std::string_view("(anonymous namespace").size();
  }
  return name.substr(begin, end - begin);
}

}  // namespace regrow::emulation
