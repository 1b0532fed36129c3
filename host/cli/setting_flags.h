// The flags of settings, from the one table of settings.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/setting_options.h"
#include "config/settings.h"

namespace regrow {

/// "INTEGER": what stands for a setting's value in help.
std::string placeholder(const Setting& setting);

/// A setting's value, as help shows it: where there is none, in a word.
std::string shown_value(const Setting& setting, const Config& config);

/// The value that a setting has where nothing is given.
std::string shown_default(const Setting& setting);

/// What help says of a setting: its default, meaning and range.
std::string help_of(const Setting& setting);

/// A flag, and its earlier names, which no help shows, that append to `flags`.
void add_setting(CLI::App& command, const Setting& setting, std::vector<GivenFlag>& flags);

/// All of them but that of `except`, in sections, with a help that shows the main ones.
void add_settings(CLI::App& command, std::vector<GivenFlag>& flags, const std::string& except = "");

/// "--graph is now --cuda-graph", for each flag given by an earlier name.
std::vector<std::string> notes_of(const std::vector<GivenFlag>& flags);

}  // namespace regrow
