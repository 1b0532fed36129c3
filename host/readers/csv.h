// Tables of text: values separated by commas, semicolons or tabs, a sample a record.
#pragma once

#include "readers/byte_source.h"
#include "readers/raw_samples.h"

namespace regrow {

/// More values of a column that are not all numbers are no categories.
inline constexpr std::size_t kMostCategories = 1000;

/// `separator`: '\t', or ',' for the one of ',', ';' and '\t' that the first line has. The source
/// is of Passes::kMany. A column of numbers is one input; another is one input a category. Numbers
/// are decimal, finite and with a decimal point; a value that is missing is refused. What is a
/// header, and which column the label: see readers/table_plan.h. Reads the file twice only where a
/// column proves to have text after all. Throws Error naming file, line, column and remedy.
RawData read_csv(ByteSource& source, char separator, const ReadRequest& request);

}  // namespace regrow
