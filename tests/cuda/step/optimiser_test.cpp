// Steps of every optimiser and the clipping of gradients, by the kernels, against the formulas in
// double: arrays that are empty, no whole number of blocks, more than one stride, and more of them
// than a launch takes.
#include "step/optimiser.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "cuda/step/step_support.h"

namespace regrow::cuda {
namespace {

using namespace testing;

OptimiserSettings settings_of(OptimiserKind kind) {
  OptimiserSettings settings;
  settings.kind = kind;
  settings.momentum = 0.8;
  settings.beta1 = 0.85;
  settings.beta2 = 0.97;
  settings.epsilon = 1e-3;
  settings.weight_decay = 0.03;
  return settings;
}
constexpr OptimiserKind kKinds[] = {OptimiserKind::kSgd, OptimiserKind::kNesterov,
                                    OptimiserKind::kAdam, OptimiserKind::kAdamW};

/// An array on the host.
struct HostArray {
  std::vector<float> values, first, second, gradient;
  bool decays = false;
};

HostArray random_array(std::size_t count, bool decays, Random& random) {
  HostArray array = {random.values(count), random.values(count), random.values(count),
                     random.values(count), decays};
  for (float& each : array.second) each = std::abs(each);  // a mean of squares
  return array;
}

/// The same on the device, with room beyond its elements.
class DeviceArrays {
 public:
  DeviceArrays(const HostArray& host, std::size_t slots, std::size_t room, const Stream& stream)
      : count_(host.values.size()), count_now_(1, "a count", stream) {
    const auto now = static_cast<std::uint32_t>(count_);
    count_now_.upload(std::span<const std::uint32_t>(&now, 1));
    const std::vector<float>* const sources[] = {&host.values, &host.first, &host.second,
                                                 &host.gradient};
    for (std::size_t i = 0; i < 4; ++i) {
      if (i == 2 && slots < 2) {
        arrays_.emplace_back();
        continue;
      }
      std::vector<float> with_room = *sources[i];
      with_room.resize(room, NAN);  // which a norm would show
      arrays_.push_back(on_device(with_room, stream));
    }
    view_.parameter.values = arrays_[0].data();
    view_.parameter.slots[0] = arrays_[1].data();
    view_.parameter.slots[1] = arrays_[2].data();
    view_.gradient = arrays_[3].data();
    view_.count = room;
    view_.count_now = room == count_ ? nullptr : count_now_.data();
    view_.decays = host.decays;
  }

  const ParameterGradient& view() const { return view_; }
  std::vector<float> values() const { return arrays_[0].download(count_); }
  std::vector<float> slot(std::size_t s) const {
    return arrays_[1 + s].size() == 0 ? std::vector<float>() : arrays_[1 + s].download(count_);
  }
  /// True where nothing but NaN is beyond the elements.
  bool has_kept_its_room() const {
    const std::vector<float> all = arrays_[0].download();
    for (std::size_t i = count_; i < all.size(); ++i) {
      if (!std::isnan(all[i])) return false;
    }
    return true;
  }

 private:
  std::size_t count_;
  DeviceArray<std::uint32_t> count_now_;
  std::vector<DeviceArray<float>> arrays_;
  ParameterGradient view_;
};

struct Plain {
  double w, first, second;
};
/// One step as the papers have it: t counts from 1.
Plain plain_step(const OptimiserSettings& s, double rate, double t, bool decays, double g,
                 Plain p) {
  const double decay = decays ? s.weight_decay : 0;
  if (s.kind == OptimiserKind::kAdamW) {
    p.w -= rate * decay * p.w;
  } else {
    g += decay * p.w;
  }
  if (s.kind == OptimiserKind::kSgd || s.kind == OptimiserKind::kNesterov) {
    p.first = s.momentum * p.first - rate * g;
    p.w += s.kind == OptimiserKind::kSgd ? p.first : s.momentum * p.first - rate * g;
    return p;
  }
  p.first = s.beta1 * p.first + (1 - s.beta1) * g;
  p.second = s.beta2 * p.second + (1 - s.beta2) * g * g;
  const double mean = p.first / (1 - std::pow(s.beta1, t));
  const double square = p.second / (1 - std::pow(s.beta2, t));
  p.w -= rate * mean / (std::sqrt(square) + s.epsilon);
  return p;
}

std::vector<HostArray> random_arrays(const std::vector<std::size_t>& counts) {
  Random random(static_cast<unsigned>(counts.size()));
  std::vector<HostArray> arrays;
  for (const std::size_t count : counts) {
    arrays.push_back(random_array(count, arrays.size() % 2 == 0, random));
  }
  return arrays;
}

std::vector<ParameterGradient> views_of(const std::vector<DeviceArrays>& devices) {
  std::vector<ParameterGradient> views;
  for (const DeviceArrays& device : devices) views.push_back(device.view());
  return views;
}

void check_apply(const OptimiserSettings& settings, const std::vector<std::size_t>& counts,
                 const Stream& stream) {
  constexpr float kRate = 0.05F, kFactor = 0.75F;
  constexpr std::uint32_t kFirstStep = 3, kSteps = 2;  // t: the steps since the slots were 0
  const std::vector<HostArray> hosts = random_arrays(counts);
  const std::size_t slots = slot_count(settings.kind);
  const Results results = in_every_order([&] {
    std::vector<DeviceArrays> devices;
    for (const HostArray& host : hosts) {
      const std::size_t room = host.values.size() + (devices.size() % 3 == 1 ? 300 : 0);
      devices.emplace_back(host, slots, room, stream);
    }
    for (std::uint32_t i = 0; i < kSteps; ++i) {
      StepState state = {0, 0, 0, step::step_rates(settings, kRate, kFirstStep + i), kFactor};
      const auto device_state = on_device(std::vector{state}, stream);
      apply_gradients(views_of(devices), settings, device_state.data(), stream);
    }
    Results all;
    for (const DeviceArrays& device : devices) {
      EXPECT_TRUE(device.has_kept_its_room());
      all.push_back(device.values());
      all.push_back(device.slot(0));
      all.push_back(device.slot(1));
    }
    return all;
  });
  for (std::size_t a = 0; a < hosts.size(); ++a) {
    const HostArray& host = hosts[a];
    for (std::size_t i = 0; i < host.values.size(); ++i) {
      Plain plain = {host.values[i], host.first[i], slots == 2 ? host.second[i] : 0};
      for (std::uint32_t k = 0; k < kSteps; ++k) {
        plain = plain_step(settings, kRate, kFirstStep + k, host.decays,
                           double{kFactor} * host.gradient[i], plain);
      }
      // A step of Adam may be as large as its rate over the root of a small mean: of 4 here.
      const std::string what = place(a, i);
      expect_close<float>(results[3 * a][i], {plain.w, 4}, "value " + what);
      expect_close<float>(results[3 * a + 1][i], {plain.first, 4}, "first slot " + what);
      if (slots == 2)
        expect_close<float>(results[3 * a + 2][i], {plain.second, 4}, "second " + what);
    }
  }
}

const std::vector<std::size_t> kFewCounts = {1, 0, 255, 256, 257};

TEST(SmallOptimiser, StepsAreTheFormulas) {
  const Stream stream;
  for (const OptimiserKind kind : kKinds) check_apply(settings_of(kind), kFewCounts, stream);
}

TEST(Optimiser, ManyArraysAndLongOnes) {
  const Stream stream;
  // Two launches; of the long one each thread has more than one element.
  std::vector<std::size_t> counts(49, 33);
  counts[30] = 1024 * 256 + 300;
  for (const OptimiserKind kind : {OptimiserKind::kNesterov, OptimiserKind::kAdam}) {
    check_apply(settings_of(kind), counts, stream);
  }
}

TEST(SmallOptimiser, OfNothing) {
  const Stream stream;
  apply_gradients({}, settings_of(OptimiserKind::kAdam), nullptr, stream);
}

/// What clipping multiplies the arrays by, each with `room` beyond its elements.
float clip_factor_of(const std::vector<HostArray>& hosts, double clip_norm, std::size_t room,
                     const Stream& stream) {
  return in_every_order([&] {
    std::vector<DeviceArrays> devices;
    for (const HostArray& host : hosts) {
      devices.emplace_back(host, 1, host.values.size() + room, stream);
    }
    DeviceArray<double> scratch(clip_scratch(hosts.size()), "sums", stream);
    scratch.zero();
    auto state = on_device(std::vector{StepState{}}, stream);
    clip_gradients(views_of(devices), clip_norm, scratch.data(), state.data(), stream);
    return Results{{state.download()[0].gradient_factor}};
  })[0][0];
}

void check_clipping(const std::vector<std::size_t>& counts, const Stream& stream) {
  const std::vector<HostArray> hosts = random_arrays(counts);
  double squared = 0;
  for (const HostArray& host : hosts) {
    for (const float g : host.gradient) squared += double{g} * g;
  }
  const double norm = std::sqrt(squared);
  for (const double share : {0.3, 0.9, 1.1}) {
    const double expected = std::min(1.0, share * norm / (norm + 1e-6));
    const float factor = clip_factor_of(hosts, share * norm, 0, stream);
    // The sums are double; the factor is rounded to float once.
    EXPECT_NEAR(factor, expected, 6e-8) << share;
    // The order of the sums, and so every bit, is that of the elements, whatever there is room for.
    EXPECT_EQ(clip_factor_of(hosts, share * norm, 70'000, stream), factor);
  }
}

TEST(SmallOptimiser, ClipsToTheNormOfAllGradientsTogether) {
  const Stream stream;
  check_clipping(kFewCounts, stream);
}

TEST(Optimiser, ClipsManyArraysAndLongOnes) {
  const Stream stream;
  std::vector<std::size_t> counts(26, 300);
  counts[25] = 256 * 256 + 300;
  check_clipping(counts, stream);
}

TEST(SmallOptimiser, RecordsTheStep) {
  const Stream stream;
  const auto losses = on_device(std::vector<float>(40, 0.25F), stream);
  const auto hits = on_device(std::vector<std::uint32_t>(40, 1), stream);
  auto sums = on_device(std::vector<StepSums>(3, StepSums{-1, 99}), stream);
  auto state = on_device(std::vector{StepState{10, 20, 1, {}}}, stream);
  record({losses.data(), hits.data(), 40, sums.data(), state.data()}, stream);
  const std::vector<StepSums> got = sums.download();
  EXPECT_EQ(got[0].loss, -1);
  EXPECT_EQ(got[1].loss, 10);
  EXPECT_EQ(got[1].hits, 40U);
  EXPECT_EQ(got[2].hits, 99U);
  EXPECT_EQ(state.download()[0].index, 2U);
}

}  // namespace
}  // namespace regrow::cuda
