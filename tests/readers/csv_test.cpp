#include "readers/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "readers/data_files.h"
#include "readers/text_buffer.h"
#include "readers/text_file.h"
#include "regrow/error.h"

namespace regrow {
namespace {

using namespace std::string_literals;
using Strings = std::vector<std::string>;

RawData read_table(std::string_view text, const ReadRequest& request = {}, char separator = ',') {
  const TextFile file(text);
  ByteSource source(file.path().string(), Passes::kMany);
  return read_csv(source, separator, request);
}

RawData read_last(std::string_view text) { return read_table(text, {.label = "-1"}); }

const FloatFeatures& floats(const RawData& data) {
  return std::get<FloatFeatures>(data.train.features);
}

std::vector<double> numbers(const RawData& data) {
  return std::get<NumberAnswers>(data.train.answers).values;
}

Strings texts(const RawData& data) {
  const auto& answers = std::get<TextAnswers>(data.train.answers);
  Strings all;
  for (const std::uint32_t id : answers.ids) all.push_back(answers.names.at(id));
  return all;
}

Strings names(const RawData& data) {
  Strings all;
  for (const DataColumn& column : data.train.schema.columns) all.push_back(column.name);
  return all;
}

void expect_note(const RawData& data, const std::string& part) {
  for (const std::string& note : data.notes) {
    if (note.find(part) != std::string::npos) return;
  }
  ADD_FAILURE() << "no note says: " << part;
}

TEST(Csv, ATableOfNumbersWithAHeader) {
  const RawData data = read_table("age,label,height\n30,0,1.5\n+40,1,-2e-1\n");
  EXPECT_EQ(data.train.samples, 2U);
  EXPECT_EQ(data.train.shape, (ImageShape{1, 1, 2}));
  EXPECT_EQ(floats(data), (FloatFeatures{30, 1.5F, 40, -0.2F}));
  EXPECT_EQ(numbers(data), (std::vector<double>{0, 1}));
  EXPECT_EQ(data.train.schema,
            (DataSchema{.is_image = false, .columns = {{"age"}, {"height"}}, .label = "label"}));
  EXPECT_TRUE(data.notes.empty());
  EXPECT_FALSE(data.test.has_value());
}

TEST(Csv, ATableWithoutAHeaderHasNumbersForNames) {
  const RawData data = read_table("1,2,3\n4,5,6\n", {.label = "1"});
  EXPECT_EQ(floats(data), (FloatFeatures{1, 3, 4, 6}));
  EXPECT_EQ(numbers(data), (std::vector<double>{2, 5}));
  EXPECT_EQ(names(data), (Strings{"0", "2"}));
  EXPECT_EQ(data.train.schema.label, "1");
}

TEST(Csv, TheLabelByNameOrPlace) {
  const std::string table = "a,0,c\n1,2,3\n";
  const auto label = [&](const std::string& name) {
    return read_table(table, {.label = name}).train.schema.label;
  };
  EXPECT_EQ(label("c"), "c");
  EXPECT_EQ(label("-1"), "c");
  EXPECT_EQ(label("2"), "c");
  EXPECT_EQ(label("-3"), "a");
  EXPECT_EQ(label("0"), "0") << "a name is taken before a place";
  for (const std::string wrong : {"3", "-4", "C", "b", "1.0", "99999999999999999999"}) {
    expect_error([&] { label(wrong); },
                 {"there is no column '" + wrong + "'", "--label", "a, 0, c"});
  }
  expect_error([&] { read_table("alpha,beta\n1,2\n", {.label = "betta"}); },
               {"there is no column 'betta' to predict (did you mean beta?)"});
}

TEST(Csv, TheLabelByTheUsualNames) {
  for (const std::string name : {"label", "class", "target", "y", "Label", "CLASS", "Y"}) {
    EXPECT_EQ(read_table("a," + name + ",b\n1,2,3\n").train.schema.label, name);
  }
  const auto expect_usage = [](const std::string& table, const std::string& problem) {
    EXPECT_THROW(read_table(table), UsageError);
    expect_error([&] { read_table(table); }, {problem, "--label NAME or --label INDEX"});
  };
  expect_usage("a,species\n1,2\n", "is not known: its columns are a, species;");
  expect_usage("y,class\n1,2\n", "columns 'y' and 'class' may both be");
  expect_usage("1,2\n3,4\n", "it has no header, and columns 0 to 1");
  expect_usage("a,b,c,d,e,f,g,h,i,j,k,l,m,n\n1,2,3,4,5,6,7,8,9,10,11,12,13,14\n",
               "j, k, l and 2 more;");
}

TEST(Csv, AFirstRowWithTextAboveNumbersIsAHeader) {
  const RawData data = read_last("1,2,x\n3,4,5\n");
  EXPECT_EQ(data.train.samples, 1U);
  EXPECT_EQ(names(data), (Strings{"1", "2"}));
  expect_note(data, "the first line is read as a header, though it has the number 1");
  // Text that other rows have, too, is no header's.
  EXPECT_EQ(read_last("5.1,3.5,setosa\n4.9,3.0,virginica\n").train.samples, 2U);
}

TEST(Csv, AHeaderOfATableOfTextIsKnownByItsLabel) {
  EXPECT_EQ(read_table("color,class\nred,a\nblue,b\n").train.samples, 2U);
  EXPECT_EQ(read_table("color,kind\nred,a\nblue,b\n", {.label = "kind"}).train.samples, 2U);
  EXPECT_EQ(read_table("color,kind\nred,a\nblue,b\n", {.label = "1"}).train.samples, 3U);
  // Values that look like a name of a label are none where they appear again, or twice.
  EXPECT_EQ(read_table("republican,y\ndemocrat,n\ndemocrat,y\n", {.label = "0"}).train.samples, 3U);
  EXPECT_EQ(read_table("y,y\nn,n\n", {.label = "0"}).train.samples, 2U);
  // Numbers as names of numbers, and a label of text.
  const RawData data = read_table("10,20,class\n1,2,a\n3,4,b\n");
  EXPECT_EQ(data.train.samples, 2U);
  EXPECT_EQ(names(data), (Strings{"10", "20"}));
}

TEST(Csv, AHeaderThatCountsIsOneOfPandas) {
  const RawData data = read_last("0,1,2,3\n5,6,7,8\n");
  EXPECT_EQ(data.train.samples, 1U);
  expect_note(data, "though it has the number 0");
  EXPECT_EQ(read_last("0,1,2\n5,6,7\n").train.samples, 2U) << "so few are so by chance";
  EXPECT_EQ(read_last("0,1,2,4\n5,6,7,8\n").train.samples, 2U);
}

TEST(Csv, AColumnOfAHeaderWithoutANameHasItsNumber) {
  const RawData data = read_table(",a,label\n0,5,1\n1,6,0\n");
  EXPECT_EQ(names(data), (Strings{"0", "a"}));
  expect_note(data, "the first column has no name; if it counts the rows");
  expect_error([] { read_table("a,b,a,label\n1,2,3,4\n"); }, {"two columns are called 'a'; give"});
}

TEST(Csv, CategoriesAreInputsOfTheirOwn) {
  const RawData data = read_table("color,size,label\nred,2,0\nblue,3,1\nred,4,0\n10,5,1\n");
  EXPECT_EQ(data.train.shape.width, 4U);
  EXPECT_EQ(data.train.schema.columns,
            (std::vector<DataColumn>{{"color", {"10", "blue", "red"}}, {"size"}}));
  EXPECT_EQ(floats(data), (FloatFeatures{0, 0, 1, 2,  //
                                         0, 1, 0, 3,  //
                                         0, 0, 1, 4,  //
                                         1, 0, 0, 5}));
  expect_note(data, "columns that have text enter as their categories: 'color' (3)");
}

TEST(Csv, AColumnMayProveToHaveTextLate) {
  // More rows than fit into the first blocks of memory and of the file.
  std::string table = "a,b,label\n";
  for (int i = 0; i < 40'000; ++i) table += std::to_string(i % 7) + ",1,0\n";
  const RawData data = read_table(table + "x,2,1\n0,y,1\n");
  EXPECT_EQ(data.train.samples, 40'002U);
  EXPECT_EQ(data.train.schema.columns,
            (std::vector<DataColumn>{{"a", {"0", "1", "2", "3", "4", "5", "6", "x"}},
                                     {"b", {"1", "2", "y"}}}));
  const std::size_t width = data.train.shape.width;
  ASSERT_EQ(width, 11U);
  for (std::size_t row = 0; row < 40'000; ++row) {
    ASSERT_EQ(floats(data)[row * width + row % 7], 1) << row;
    ASSERT_EQ(floats(data)[row * width + 8], 1) << row;
  }
  EXPECT_EQ(FloatFeatures(floats(data).end() - 22, floats(data).end()),
            (FloatFeatures{0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0,  //
                           1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(Csv, ALabelMayProveToHaveTextLate) {
  EXPECT_EQ(texts(read_table("a,label\n1,0\n2,1\n3,cat\n")), (Strings{"0", "1", "cat"}));
  EXPECT_EQ(texts(read_table("a,label\n1,cat\n2,dog\n3,cat\n")), (Strings{"cat", "dog", "cat"}));
}

TEST(Csv, AHeaderThatProvesToBeNone) {
  // The first text stands above numbers, until there is text below, too.
  const RawData data = read_table("x,1\n2,3\n4,5\ny,6\n", {.label = "1"});
  EXPECT_EQ(data.train.samples, 4U);
  EXPECT_EQ(data.train.schema.columns, (std::vector<DataColumn>{{"0", {"2", "4", "x", "y"}}}));
}

TEST(Csv, TooManyCategories) {
  std::string table = "a,label\n";
  for (int i = 0; i < 999; ++i) table += std::to_string(i) + ",1\n";
  EXPECT_EQ(read_table(table + "x,1\n").train.shape.width, 1000U);
  expect_error([&] { read_table(table + "x,1\ny,1\n"); },
               {"column 'a' has more than 1,000 values", "line 1001 has 'x'; mend that value"});
}

TEST(Csv, ManyRowsKeepTheirPlaces) {
  std::string table = "a,b,label\n";
  constexpr int kRows = 300'000;  // more than the small blocks hold
  for (int i = 0; i < kRows; ++i) {
    table += std::to_string(i) + ',' + std::to_string(-i) + ',' + std::to_string(i % 3) + '\n';
  }
  const RawData data = read_table(table);
  const std::vector<double> labels = numbers(data);
  ASSERT_EQ(floats(data).size(), 2U * kRows);
  ASSERT_EQ(labels.size(), std::size_t{kRows});
  for (std::size_t i = 0; i < kRows; ++i) {
    ASSERT_EQ(floats(data)[2 * i], static_cast<float>(i));
    ASSERT_EQ(floats(data)[2 * i + 1], -static_cast<float>(i));
    ASSERT_EQ(labels[i], static_cast<double>(i % 3));
  }
}

TEST(Csv, LineEndsAndMarks) {
  const RawData right = read_table("a,label\n1,2\n3,4\n");
  for (const std::string& table :
       {"\xef\xbb\xbf"s + "a,label\n1,2\n3,4\n", "a,label\r\n1,2\r\n3,4\r\n"s,
        "a,label\r1,2\r3,4\r"s, "a,label\n1,2\n3,4"s, "a,label\n1,2\n3,4\n\n\n"s,
        "\n\na,label\n\n1,2\n \n3,4\n\t\n"s, "a,label\r\n\r\n1,2\r\n3,4\r\n\r\n"s,
        " a , label \n 1 ,2\n3,\t4\n"s, "\"a\",\"label\"\n\"1\",\"2\"\n3 , \"4\" \n"s,
        "a;label\n1;2\n3;4\n"s, "a\tlabel\n1\t2\n3\t4\n"s}) {
    const RawData data = read_table(table);
    EXPECT_EQ(floats(data), floats(right)) << table;
    EXPECT_EQ(numbers(data), numbers(right)) << table;
    EXPECT_EQ(data.train.schema, right.train.schema) << table;
  }
}

TEST(Csv, QuotedFields) {
  const RawData data = read_table(
      "\"a, \"\"b\"\"\",class\n"
      "\"x\r\ny\",\"1\"\"\"\n"
      "5\" pipe, \"p,q\" \n"
      "\" z\",\"\"\"\"\n");
  EXPECT_EQ(data.train.schema.columns,
            (std::vector<DataColumn>{{"a, \"b\"", {" z", "5\" pipe", "x\r\ny"}}}));
  EXPECT_EQ(texts(data), (Strings{"1\"", "p,q", "\""}));
}

TEST(Csv, QuotesThatAreNotInOrder) {
  expect_error([] { read_table("a,label\n1,2\n3,\"4\n5,6\n"); },
               {"table.csv: line 3: a quote is not closed; close it, or double"});
  expect_error([] { read_table("a,label\n1,2\n3,\""); }, {"line 3: a quote is not closed"});
  expect_error([] { read_table("a,label\n1,2\n3,\"\"\""); }, {"line 3: a quote is not closed"});
  expect_error([] { read_table("a,label\n1,2\n3,\"4\"5\n"); },
               {"line 3: text follows the quote that closes '4'; double the quotes"});
}

TEST(Csv, LinesAreCountedAsAnEditorDoes) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const std::string table =
        "\"a" + end + "b\",label" + end + end + "\"1\",\"2\"" + end + "bad," + end;
    expect_error([&] { read_table(table); }, {"line 5, column 'label': the label is missing"});
  }
}

TEST(Csv, ARecordLongerThanTheBuffer) {
  std::string header, row;
  for (int i = 0; i < 60'000; ++i) {
    header += "column" + std::to_string(i) + ',';
    row += std::to_string(i) + ".25,";
  }
  const std::string text(500'000, 'q');
  const RawData data = read_table(header + "label\n" + row + "1\n" + row + "\"" + text + "\n" +
                                  text + "\"\n" + row + "2");
  EXPECT_EQ(data.train.samples, 3U);
  EXPECT_EQ(floats(data).at(120'000 + 59'999), 59'999.25F);
  EXPECT_EQ(texts(data), (Strings{"1", text + "\n" + text, "2"}));
}

TEST(Csv, PairsMayFallApartAtTheEndOfTheBuffer) {
  // 262,144 bytes are read at once; rows of 14 bytes that begin at each place before that.
  for (std::size_t shift = 0; shift < 14; ++shift) {
    std::string table = std::string(shift + 1, 'a') + ",label\n";
    for (int i = 0; i < 20'000; ++i) table += "\"x\"\"\"\"y\" , 1\r\n";
    const RawData data = read_table(table);
    EXPECT_EQ(data.train.schema.columns.front().categories, Strings{"x\"\"y"});
    EXPECT_EQ(data.train.samples, 20'000U);
    expect_error([&] { read_table(table + "x"); }, {"line 20002 has 1 field"});
  }
}

TEST(Csv, ARecordWithoutEndIsGivenUp) {
  const std::string table = "a,label\n1,\"" + std::string(kMostRecordBytes + 1000, 'x');
  expect_error([&] { read_table(table); }, {"line 2: a record has more than 64 MiB; close"});
}

TEST(Csv, RaggedRows) {
  expect_error([] { read_table("a,b,label\n1,2,3\n4,5\n"); },
               {"table.csv: line 3 has 2 fields, and line 1 has 3; give every line as many"});
  expect_error([] { read_table("\na,b,label\n1,2,3\n4,5,6,7\n"); },
               {"line 4 has 4 fields, and line 2 has 3"});
  expect_error([] { read_table("a,b,label\n1\n"); }, {"line 2 has 1 field, and line 1 has 3"});
}

TEST(Csv, MissingValues) {
  for (const std::string word :
       {"NA", "N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "?", "#N/A", "\"NA\""}) {
    const std::string bare = word[0] == '"' ? "NA" : word;
    const std::string problem = "column 'a': the value is missing ('" + bare + "'); fill it in";
    expect_error([&] { read_table("a,label\n1,2\n" + word + ",3\n"); }, {"line 3, " + problem});
    expect_error([&] { read_table("a,label\nred,2\n" + word + ",3\n"); }, {"line 3, " + problem});
    expect_error([&] { read_table("a,label\n1,2\n3," + word + "\n"); },
                 {"line 3, column 'label': the label is missing; fill it in, or leave out"});
  }
  for (const std::string nothing : {"", " ", "\"\"", "\" \""}) {
    expect_error([&] { read_table("a,label\n1,2\n" + nothing + ",3\n"); },
                 {"line 3, column 'a': the value is missing"});
  }
  expect_error([] { read_table("1,2\n,3\n", {.label = "1"}); },
               {"line 2, column 0: the value is missing"});
  expect_error([] { read_table("1,2,\n3,4,\n", {.label = "1"}); },
               {"line 1, column 2: the value is missing"});
}

TEST(Csv, NumbersThatNoFloatHolds) {
  for (const std::string word : {"inf", "-Infinity", "1e400", "-1e99999"}) {
    expect_error([&] { read_table("a,label\n1,2\n" + word + ",3\n"); },
                 {"line 3, column 'a': " + word + " is not finite; give"});
    expect_error([&] { read_table("a,label\n1,2\n3," + word + "\n"); },
                 {"line 3, column 'label': the label " + word + " is not finite"});
  }
  expect_error([] { read_table("a,label\n1,2\n-3.5e38,3\n"); },
               {"column 'a': -3.5e38 is more than a float can hold"});
  EXPECT_EQ(numbers(read_table("a,label\n1,3.5e38\n")), std::vector<double>{3.5e38});
  EXPECT_EQ(floats(read_table("a,label\n1e-400,1\n3.4e38,1\n-.5,1\n5.,1\n")),
            (FloatFeatures{0, 3.4e38F, -0.5F, 5}));
}

TEST(Csv, WhatLooksLikeANumberAndIsText) {
  const RawData data = read_table("a,label\n0x10,1\n1_000,1\n++1,1\n+-1,1\n1e,1\n-,1\n1 2,1\n");
  EXPECT_EQ(data.train.schema.columns.front().categories,
            (Strings{"++1", "+-1", "-", "0x10", "1 2", "1_000", "1e"}));
}

TEST(Csv, DecimalCommas) {
  const std::string problem = "'1,5' has a comma in its number; write numbers with a decimal point";
  expect_error([&] { read_table("a;label\n2;1\n1,5;2\n"); }, {"line 3, column 'a': " + problem});
  expect_error([&] { read_table("a,label\n2,1\n\"1,5\",2\n"); },
               {"line 3, column 'a': " + problem});
  expect_error([&] { read_last("1,5;2\n2,5;3\n"); }, {"line 1, column 0: " + problem});
  // Here semicolons do not separate.
  EXPECT_EQ(read_table("a;b,label\nx;y,1\nz,2\n").train.shape.width, 2U);
}

TEST(Csv, ATsvTableHasTabs) {
  const RawData data = read_table("a,b\tlabel\n1\t2\n", {}, '\t');
  EXPECT_EQ(names(data), Strings{"a,b"});
  EXPECT_EQ(floats(data), FloatFeatures{1});
  expect_error([] { read_table("a\tlabel\n\t2\n1\t2\n", {}, '\t'); },
               {"line 2, column 'a': the value is missing"});
  expect_error([] { read_table("a,label\n1,2\n", {}, '\t'); },
               {"has only one column; give a label"});
}

TEST(Csv, TablesWithNothingInThem) {
  expect_error([] { read_table(""); }, {"table.csv: empty"});
  for (const std::string text : {"\n\n", " \r\n", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) {
    expect_error([&] { read_table(text); }, {"table.csv: has only blank lines"});
  }
  for (const std::string text : {"a,label", "a,label\n", "a,label\n\n\n"}) {
    expect_error([&] { read_table(text); }, {"table.csv: has a header, and no samples"});
  }
  expect_error([] { read_table("label\n1\n2\n"); }, {"has only one column; give a label"});
  expect_error([] { read_table("1 2 3\n4 5 6\n"); }, {"has only one column"});
}

TEST(Csv, OtherKindsAreNamed) {
  const auto expect = [](const std::string& text, const std::string& kind) {
    expect_error([&] { read_table(text); }, {"table.csv: is " + kind + ", not a CSV table"});
  };
  expect("PK\x03\x04"s + std::string(30, '\0'), "a ZIP archive");
  expect("\x89PNG\r\n\x1a\n\0\0"s, "a PNG image");
  expect("PAR1\x15\x04"s, "a Parquet file");
  expect_error([] { read_table("\n<html><body>"); },
               {"table.csv: is a web page", ", not a CSV table"});
  expect("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"s, "a git-lfs pointer");
  expect_error([] { read_table("a,label\n1,2\x01\n"); }, {"table.csv: is no text"});
  EXPECT_EQ(names(read_table("PAR1,BZh,label\n1,2,3\n")), (Strings{"PAR1", "BZh"}));
  for (const std::string& text :
       {"\xff\xfe"s + "a\0,\0"s, "\xfe\xff\0a\0,"s, "a\0,\0l\0"s, "\0a\0,"s}) {
    expect_error([&] { read_table(text); }, {"is UTF-16 text; save it as UTF-8"});
  }
}

TEST(Csv, NulBytesBehindTheBeginning) {
  std::string table = "a,label\n";
  for (int i = 0; i < 1000; ++i) table += "1,2\n";
  expect_error([&] { read_table(table + "1\0,2\n"s); }, {"line 1002: has a NUL byte"});
  expect_error([&] { read_table(table + "\"1\0\",2\n"s); }, {"line 1002: has a NUL byte"});
}

TEST(Csv, TextThatIsNotUtf8) {
  const std::string remedy = "convert the file, for instance with iconv";
  expect_error([&] { read_table("gr\xf6\xdf"s + "e,label\n1,2\n"); },
               {"the name of column 0 is not UTF-8", remedy});
  expect_error([&] { read_table("a,label\nx,2\n\xf6,2\n"); },
               {"line 3, column 'a': the text is not UTF-8", remedy});
  expect_error([&] { read_table("a,label\n1,x\n1,\xf6\n"); },
               {"line 3, column 'label': the label is not UTF-8", remedy});
  EXPECT_EQ(names(read_table("größe,label\n1,2\n")), Strings{"größe"});
}

TEST(Csv, AGzippedTableCutAnywhere) {
  const std::string text = "a,label\n1,2\nx,4\n";
  const TempDir folder;
  const std::string path = (folder.path() / "table.csv.gz").string();
  write_gz(path, Bytes(text.begin(), text.end()));
  {
    ByteSource source(path, Passes::kMany);
    EXPECT_EQ(read_csv(source, ',', {}).train.samples, 2U);
  }
  const Bytes whole = read_bytes(path);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    write_bytes(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    expect_error(
        [&] {
          ByteSource source(path, Passes::kMany);
          read_csv(source, ',', {});
        },
        {path + ": truncated"});
  }
}

/// Unseen samples of a network that was trained on such a table.
class CsvUnseen : public testing::Test {
 protected:
  static RawData read(const TrainedOn& known, std::string_view text, const std::string& label = "",
                      LabelsWanted labels = LabelsWanted::kIfThere) {
    return read_table(text, {.label = label, .known = &known, .labels = labels});
  }
  static RawData labelled(const TrainedOn& known, std::string_view text) {
    return read(known, text, "", LabelsWanted::kRequired);
  }

  const TrainedOn named_ =
      trained_on(read_table("color,size,class\nred,1,a\nblue,2,b\n"), {"a", "b"});
  const TrainedOn numbered_ = trained_on(read_table("1,7,2\n3,8,4\n", {.label = "1"}), {"7", "8"});
};

TEST_F(CsvUnseen, ColumnsAreFoundByTheirNames) {
  const RawData data = labelled(named_, "class,extra,size,more,color\nb,x,5,,red\na,y,6,,blue\n");
  EXPECT_EQ(floats(data), (FloatFeatures{0, 1, 5, 1, 0, 6}));
  EXPECT_EQ(texts(data), (Strings{"b", "a"}));
  EXPECT_EQ(data.train.schema, named_.schema);
  EXPECT_EQ(data.train.shape, named_.shape);
  const std::string two_labels = "class,size,other,color\nb,5,a,red\n";
  EXPECT_EQ(texts(read(named_, two_labels, "other")), Strings{"a"});
  EXPECT_EQ(texts(read(named_, two_labels)), Strings{"b"});
  expect_note(data, "left out, since the network was not trained on them: extra, more");
  EXPECT_EQ(data.notes.size(), 1U);
}

TEST_F(CsvUnseen, AColumnThatIsMissing) {
  expect_error([&] { read(named_, "color,class\nred,a\n"); },
               {"lacks the column 'size', which the network was trained on; add it; its columns"});
  // No name is right, but it is no row either.
  expect_error([&] { read(named_, "farbe,groesse\nred,1\n"); }, {"lacks the column 'color'"});
}

TEST_F(CsvUnseen, LabelsThatAreNotThere) {
  const RawData data = read(named_, "color,size\nred,5\n");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  EXPECT_EQ(floats(data), (FloatFeatures{0, 1, 5}));
  expect_error([&] { labelled(named_, "color,size\nred,5\n"); },
               {"lacks the label, the column 'class'; add it"});
  // The network's label was column -1, and here this is a feature.
  EXPECT_TRUE(std::holds_alternative<std::monostate>(
      read(named_, "color,size\nred,5\n", "-1").train.answers));
  EXPECT_EQ(floats(read(named_, "color,size\nred,5\n", "size")), (FloatFeatures{0, 1, 5}));
}

TEST_F(CsvUnseen, LabelsThatAreAllMissing) {
  const RawData data = read(named_, "color,size,class\nred,5,\nred,5,?\n");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  expect_note(data, "all labels are missing");
  expect_error([&] { read(named_, "color,size,class\nred,5,a\nred,5,\nred,5,\n"); },
               {"line 3: the label is missing, and other lines have one"});
  expect_error([&] { labelled(named_, "color,size,class\nred,5,\n"); },
               {"line 2, column 'class': the label is missing"});
}

TEST_F(CsvUnseen, CategoriesThatTheTrainingDataHadNot) {
  const RawData data = read(named_, "color,size\ngreen,5\nred,6\nteal,7\n7,8\n");
  EXPECT_EQ(floats(data), (FloatFeatures{0, 0, 5, 0, 1, 6, 0, 0, 7, 0, 0, 8}));
  expect_note(data,
              "column 'color': 3 of 4 samples have a category that the training data had not, "
              "such as 'green', and count as of none");
}

TEST_F(CsvUnseen, TextWhereThereWereNumbers) {
  expect_error([&] { read(named_, "color,size\nred,5\nred,big\n"); },
               {"line 3, column 'size': 'big' is no number, as the training data had here"});
}

TEST_F(CsvUnseen, ClassesOfTextAreTextWhereTheyLookLikeNumbers) {
  const TrainedOn known =
      trained_on(read_table("a,class\n1,1\n2,2\n3,other\n"), {"1", "2", "other"});
  EXPECT_EQ(texts(read(known, "a,class\n1,2\n2,1\n")), (Strings{"2", "1"}));
}

TEST_F(CsvUnseen, AHeaderThatOnlyOneOfThemHas) {
  RawData data = read(named_, "red,5\ngreen,6\n");
  EXPECT_EQ(data.train.samples, 2U);
  EXPECT_EQ(floats(data), (FloatFeatures{0, 1, 5, 0, 0, 6}));
  expect_note(data,
              "has no header, as the training data had; its columns are taken in their order");
  data = read(named_, "red,5,a\n", "-1");
  EXPECT_EQ(texts(data), Strings{"a"});
  expect_error(
      [&] { read(named_, "1,2,3\n"); },
      {"has one column more than the network has inputs: it has no header", "--label INDEX"});
  expect_error([&] { read(named_, "1,2,3,4\n"); },
               {"has 4 columns, and the network was trained on 2; give it the header"});
  data = read(numbered_, "a,b,c\n1,7,2\n");
  EXPECT_EQ(floats(data), (FloatFeatures{1, 2}));
  EXPECT_EQ(numbers(data), std::vector<double>{7});
  expect_note(data, "has a header, which the training data had not; its columns are taken");
}

TEST_F(CsvUnseen, ColumnsWithoutNamesAreFoundByTheirPlaces) {
  RawData data = labelled(numbered_, "5,8,6\n");
  EXPECT_EQ(floats(data), (FloatFeatures{5, 6}));
  EXPECT_EQ(numbers(data), std::vector<double>{8});
  EXPECT_TRUE(data.notes.empty());
  data = read(numbered_, "5,6\n7,8\n");
  EXPECT_EQ(floats(data), (FloatFeatures{5, 6, 7, 8}));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  expect_error([&] { labelled(numbered_, "5,6\n"); }, {"has no labels; add it"});
  expect_error([&] { read(numbered_, "5\n"); },
               {"has 1 columns, and the network was trained on 2"});
}

TEST_F(CsvUnseen, ANetworkWhoseColumnsAreNotItsInputs) {
  TrainedOn known = named_;
  known.shape.width = 4;
  expect_error([&] { read(known, "color,size\nred,5\n"); },
               {"for a network of 4 inputs whose columns have 3; use a checkpoint"});
}

TEST_F(CsvUnseen, ANetworkThatWasTrainedOnAnArray) {
  TrainedOn known;
  known.shape.width = 3;
  known.schema.is_image = false;
  EXPECT_EQ(floats(read(known, "1,2,3\n")), (FloatFeatures{1, 2, 3}));
  EXPECT_EQ(floats(read(known, "1,2,3,0\n", "-1")), (FloatFeatures{1, 2, 3}));
  // The table has names, and the network knows none.
  EXPECT_EQ(floats(read(known, "a,b,k,c\n1,2,0,3\n", "k")), (FloatFeatures{1, 2, 3}));
  EXPECT_EQ(floats(read(known, "a,y,b,c\n1,0,2,3\n")), (FloatFeatures{1, 2, 3}));
  expect_error([&] { read(known, "a,b,k,c\n1,2,0,3\n", "n"); },
               {"one column more than the network has inputs: its columns are a, b, k, c", "NAME"});
  known.schema.is_image = true;
  expect_error([&] { read(known, "1,2,3\n"); }, {"and the network was trained on images"});
}

}  // namespace
}  // namespace regrow
