// What a step does once all its gradients are there: their norm, then the optimiser on every array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/kernels.h"
#include "cpu/thread_pool.h"
#include "cpu/trained_array.h"
#include "regrow/backend.h"

namespace regrow::cpu {

class Optimiser {
 public:
  Optimiser(const BackendOptions& options, const Kernels& kernels);

  UpdateMode mode() const { return mode_; }
  bool clips() const { return clip_norm_ > 0; }
  /// sgd as the fused backward pass does it.
  Sgd fused(float learning_rate) const;

  /// The arrays that apply() updates from now on. Each must outlive that.
  void clear() { targets_.clear(); }
  void add(TrainedArray& array, bool decays) { targets_.push_back({&array, decays}); }
  bool has_targets() const { return !targets_.empty(); }
  /// To be called, by one thread, whenever arrays may have changed their size.
  void prepare();

  // Called by every thread of a region, with a barrier before each.
  /// The squares of the gradients, in chunks that no number of threads changes.
  void sum_squares(const Member& member);
  /// One step of all arrays, clipped by what sum_squares() has found where clips() is true.
  void apply(const step::StepRates& rates, const Member& member);

 private:
  struct Target {
    TrainedArray* array;
    bool decays;
  };
  float gradient_scale() const;

  OptimiserSettings settings_;
  double clip_norm_;
  UpdateMode mode_;
  double batch_;
  const Kernels& kernels_;
  std::vector<Target> targets_;
  std::vector<double> squares_;  // [chunks], of all arrays in turn
};

}  // namespace regrow::cpu
