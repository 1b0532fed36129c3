// A run goes on only with the data that it was trained on.
#include <gtest/gtest.h>

#include <string>

#include "regrow/error.h"
#include "regrow/trainer.h"

namespace regrow::tests {
namespace {

TEST(RequireSameData, RefusesAnotherShapeNumberOfClassesOrStatistics) {
  Dataset dataset;
  dataset.name = "mnist";
  dataset.shape = {1, 1, 2};
  dataset.class_names = {"a", "b"};
  dataset.standardisation = {{1, 2}, {3, 4}};
  Checkpoint state;
  state.shape = dataset.shape;
  state.class_names = dataset.class_names;
  state.standardisation = dataset.standardisation;
  Checkpoint same = state;
  EXPECT_NO_THROW(require_same_data(same, dataset));
  const auto refused = [&](auto change) {
    Checkpoint other = state;
    change(other);
    try {
      require_same_data(other, dataset);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const std::string message = refused([](Checkpoint& c) { c.shape = {1, 2, 1}; });
  EXPECT_EQ(
      message.rfind("mnist: is not what this run was trained on: another shape of samples;", 0), 0U)
      << message;
  EXPECT_NE(message.find("--data"), std::string::npos) << message;
  const auto names = [&](const char* part, auto change) {
    EXPECT_NE(refused(change).find(part), std::string::npos) << part;
  };
  names("other classes;", [](Checkpoint& c) { c.class_names.pop_back(); });
  names("other training features;", [](Checkpoint& c) { c.standardisation.mean[1] += 1e-15; });
  names("other training features;", [](Checkpoint& c) { c.standardisation.deviation[0] = 5; });
  EXPECT_EQ(refused([](Checkpoint& c) {
              c.config.data = "/d";
              c.shape = {};
            }).rfind("/d: ", 0),
            0U);
}

}  // namespace
}  // namespace regrow::tests
