// How a command's help is laid out: options beside what they do, wrapped to the terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace regrow {

/// Where a command has `--help-all`, its short help shows only the main settings of those in
/// sections. Options of the group "" are shown nowhere.
class HelpFormatter : public CLI::FormatterBase {
 public:
  explicit HelpFormatter(std::size_t columns);

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

 private:
  std::size_t columns_;
};

}  // namespace regrow
