// How a command leaves the program, or its thread.
#include "cli/exit_code.h"

#include <fmt/format.h>
#include <sysexits.h>

#include <exception>
#include <new>
#include <ostream>
#include <string>

#include "base/one_line.h"
#include "io/folder_lock.h"
#include "regrow/error.h"
#include "system/memory_purpose.h"

namespace regrow {

int exit_code_of(const std::function<int()>& command, std::ostream& out, std::ostream& err) {
  const auto report = [&err](const std::string& message, int code) {
    err << "error: " << one_line(message) << std::endl;
    return code;
  };
  try {
    const int code = command();
    out.flush();
    return out ? code : report("cannot write to the standard output", 1);
  } catch (const UsageError& error) {
    return report(error.what(), 2);
  } catch (const LockedError& error) {
    return report(error.what(), EX_TEMPFAIL);
  } catch (const Error& error) {
    return report(error.what(), 1);
  } catch (const std::bad_alloc&) {
    const std::string purpose = MemoryPurpose::take_failed();
    return report(fmt::format("out of memory{}; end other programs, or ask for less: a smaller "
                              "network (--hidden), --batch or data set",
                              purpose.empty() ? "" : " for " + purpose),
                  1);
  } catch (const std::exception& error) {
    return report(fmt::format("internal: {}", error.what()), 1);
  }
}

}  // namespace regrow
