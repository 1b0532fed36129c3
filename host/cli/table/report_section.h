// A table for people, with its title and what is to be known of it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/table/data_table.h"
#include "cli/table/row_label.h"
#include "cli/table/text_table.h"
#include "study/network_cells.h"

namespace regrow {

struct Note {
  Note(const char* note) : text(note) {}             // NOLINT(google-explicit-constructor)
  Note(std::string note) : text(std::move(note)) {}  // NOLINT(google-explicit-constructor)
  Note(std::string note, std::string heading) : text(std::move(note)), of(std::move(heading)) {}

  std::string text;
  std::string of;  // the heading of the column that it explains; or "": of the whole table
};

struct Section {
  std::string title;
  TextTable table;
  std::vector<Note> notes;
};

/// Of `table`: text, markdown, or latex, where title and notes are comments: the table is to be put
/// into a text with a caption of its own. `columns`: of the terminal that shows it as text.
struct ReportFormat {
  std::string name;
  std::optional<std::size_t> columns;
};
std::string written(const Section& section, const ReportFormat& format);

/// A table that begins with these labels.
TextTable labelled(const RowLabels::Columns& labels);

/// What α and β are, and what connections do not count, where the table shows them. `cells`: of
/// each run, where known.
void add_notes_on_columns(Section& section, std::span<const std::optional<NetworkCells>> cells);

/// The same of what training cost, and of how long new connections stay.
void add_notes_on_cost(Section& section);

std::string number(double value, const QuantityText& text);
/// "0.6123 ± 0.0045"
std::string mean_cell(const Moments& of, const QuantityText& text);
std::string signed_number(double value, const QuantityText& text);

}  // namespace regrow
