// The problems that `regrow bench` times: images of noise in memory and the network trained on
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/network_state.h"

namespace regrow::bench {

inline constexpr std::uint32_t kClasses = 10;

struct ProblemSize {
  std::string name;
  std::string what;  // for help
  ImageShape shape;
  std::vector<std::int64_t> hidden;
  double epsilon = 20;
  std::uint32_t batch = 100;
  std::uint32_t steps = 500;  // of an epoch
  std::uint32_t test_images = 10'000;
  bool whole_epochs = true;  // else steps and evolutions only
};

const std::vector<ProblemSize>& problem_sizes();
/// All of their names, by commas.
std::string problem_names();
/// Throws UsageError with the nearest right name.
const ProblemSize& problem_size(const std::string& name);

/// Uniform noise of ten classes; validates on the test images, as the paper does.
std::shared_ptr<const Dataset> noise_dataset(const ImageShape& shape, std::uint32_t train_images,
                                             std::uint32_t test_images);

/// The paper's preset and SET, with the problem's network and batch. Resolved.
Config problem_config(const ProblemSize& size);

/// "3072-4000-1000-4000-10"
std::string layer_widths(const NetworkState& network);

}  // namespace regrow::bench
