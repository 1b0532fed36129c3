// How a command's help is laid out: options beside what they do, wrapped to the terminal.
#include "cli/terminal/help_formatter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "cli/terminal/text_layout.h"
#include "config/settings.h"

namespace regrow {
namespace {

constexpr std::size_t kMostColumns = 120;  // longer lines are hard to read
constexpr std::size_t kFewestBeside = 60;  // below, there is no room for two columns
constexpr std::size_t kWidestName = 28;    // longer ones stand in a line of their own
constexpr std::size_t kIndent = 2, kColumnGap = 2, kTextIndent = 6;
const std::string kOwnOptions = "Options";

/// An option, argument or command, and what is said of it.
struct HelpRow {
  std::string name;
  std::string text;
};
struct Part {
  std::string title;
  std::vector<HelpRow> rows;
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// The library appends what validators check: "WORD:{text,csv}".
std::string type_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

/// What is allowed, where the description does not say it.
std::string allowed_by(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t colon = type.find(':');
  if (colon == std::string::npos) return "";
  std::string allowed;
  for (const char c : type.substr(colon + 1)) {
    if (c == ',') allowed += ", ";
    if (c != ',' && c != '{' && c != '}') allowed += c;
  }
  return option.get_description().find(allowed) == std::string::npos ? allowed : "";
}

HelpRow row_of(const CLI::Option& option) {
  HelpRow row;
  if (option.get_positional()) {
    row.name = upper(option.get_name(true));
  } else {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    row.name = fmt::format("{}", fmt::join(names, ", "));
    if (option.get_items_expected_max() > 0) row.name += " " + type_of(option);
  }
  row.text = option.get_description();
  const std::string allowed = allowed_by(option);
  if (!allowed.empty()) row.text += " (" + allowed + ")";
  return row;
}

bool is_main(const CLI::Option& option) {
  if (option.get_lnames().empty()) return false;
  const Setting* setting = find_setting("--" + option.get_lnames().front());
  return setting != nullptr && setting->is_main;
}

Part& part_called(std::vector<Part>& parts, const std::string& title) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const Part& part) { return part.title == title; });
  return found != parts.end() ? *found : parts.emplace_back(Part{title, {}});
}

std::vector<Part> commands_of(const CLI::App& app) {
  std::vector<Part> parts;
  for (const CLI::App* command : app.get_subcommands({})) {
    part_called(parts, "Commands")
        .rows.push_back({command->get_name(), command->get_description()});
  }
  return parts;
}

/// `settings_left_out`: how many are not shown.
std::vector<Part> options_of(const CLI::App& app, bool all, std::size_t& settings_left_out) {
  const bool is_short = app.get_help_all_ptr() != nullptr && !all;
  std::vector<Part> parts = commands_of(app);
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) part_called(parts, "Arguments").rows.push_back(row_of(*option));
  }
  // What is asked most stands first: in the short help the settings, in the long one the few
  // others.
  const auto add_own = [&] {
    for (const CLI::Option* option : app.get_options()) {
      const bool is_own = option->get_group() == kOwnOptions && !option->get_positional();
      if (is_own) part_called(parts, kOwnOptions).rows.push_back(row_of(*option));
    }
  };
  if (!is_short) add_own();
  for (const CLI::Option* option : app.get_options()) {
    const std::string& group = option->get_group();
    if (group.empty() || group == kOwnOptions || option->get_positional()) continue;
    if (is_short && !is_main(*option)) {
      ++settings_left_out;
    } else {
      part_called(parts, is_short ? "Main settings" : group).rows.push_back(row_of(*option));
    }
  }
  if (is_short) add_own();
  return parts;
}

std::string usage_of(const CLI::App& app, const std::string& name) {
  std::string usage = "Usage: " + name;
  if (!app.get_subcommands({}).empty()) return usage + " COMMAND [OPTIONS]";
  usage += " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string word =
        upper(option->get_name(true)) + (option->get_items_expected_max() > 1 ? "..." : "");
    usage += option->get_required() ? " " + word : " [" + word + "]";
  }
  return usage;
}

class Page {
 public:
  explicit Page(std::size_t columns) : columns_(columns) {}

  void add_paragraph(const std::string& text) {
    if (!text_.empty()) text_ += '\n';
    add_lines(text, 0);
  }

  void add(const std::vector<Part>& parts) {
    const std::size_t name_columns = columns_for_names(parts);
    for (const Part& part : parts) {
      add_paragraph(part.title + ":");
      for (const HelpRow& row : part.rows) add_row(row, name_columns);
    }
  }

  std::string text() && { return std::move(text_); }

 private:
  /// 0 where what they do stands below them.
  std::size_t columns_for_names(const std::vector<Part>& parts) const {
    if (columns_ < kFewestBeside) return 0;
    const std::size_t most = std::min(kWidestName, columns_ * 2 / 5 - kIndent - kColumnGap);
    std::size_t widest = 0;
    for (const Part& part : parts) {
      for (const HelpRow& row : part.rows) {
        const std::size_t width = display_width(row.name);
        if (width <= most) widest = std::max(widest, width);
      }
    }
    return widest;
  }

  void add_row(const HelpRow& row, std::size_t name_columns) {
    const std::size_t width = display_width(row.name);
    const std::size_t indent =
        name_columns == 0 ? kTextIndent : kIndent + name_columns + kColumnGap;
    const std::string name = std::string(kIndent, ' ') + row.name;
    if (width <= name_columns) {
      const std::size_t begin = text_.size();
      add_lines(row.text, indent);
      text_.replace(begin, kIndent + width, name);
    } else {
      text_ += name + '\n';
      add_lines(row.text, indent);
    }
  }

  void add_lines(const std::string& text, std::size_t indent) {
    for (const std::string& line : wrapped(text, columns_ - std::min(indent, columns_ - 1))) {
      if (!line.empty()) text_ += std::string(indent, ' ') + line;
      text_ += '\n';
    }
  }

  std::size_t columns_;
  std::string text_;
};

/// Of lines that stand together, one; an empty line parts paragraphs.
std::vector<std::string> paragraphs_of(const std::string& text) {
  std::vector<std::string> paragraphs(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\n\n") == 0) {
      paragraphs.emplace_back();
      ++i;
    } else {
      paragraphs.back() += text[i] == '\n' ? ' ' : text[i];
    }
  }
  return paragraphs;
}

}  // namespace

HelpFormatter::HelpFormatter(std::size_t columns) : columns_(std::min(columns, kMostColumns)) {}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  Page page(columns_);
  page.add_paragraph(app->get_description());
  page.add_paragraph(usage_of(*app, name));
  std::size_t left_out = 0;
  page.add(options_of(*app, mode == CLI::AppFormatMode::All, left_out));
  if (left_out > 0) {
    page.add_paragraph(fmt::format("{} --help-all shows {} more settings, all of them by section.",
                                   name, left_out));
  }
  if (!app->get_footer().empty()) {
    for (const std::string& paragraph : paragraphs_of(app->get_footer())) {
      page.add_paragraph(paragraph);
    }
  }
  return std::move(page).text();
}

}  // namespace regrow
