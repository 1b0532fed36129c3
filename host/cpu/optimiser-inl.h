// Optimisers applied to gradients that are complete, and the norm of these.
#if defined(REGROW_CPU_OPTIMISER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_OPTIMISER_INL_H_
#undef REGROW_CPU_OPTIMISER_INL_H_
#else
#define REGROW_CPU_OPTIMISER_INL_H_
#endif

#include "cpu/number-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// The optimiser is known to the compiler, so that its formula has no branches.
template <OptimiserKind kKind>
HWY_INLINE void update_by(const UpdateArgs& args, std::size_t first, std::size_t last) {
  const bool has_two_slots = kKind == OptimiserKind::kAdam || kKind == OptimiserKind::kAdamW;
  step::Coefficients<float> coefficients = args.coefficients;
  coefficients.kind = kKind;
  const step::StepRates rates = args.rates;
  const Number scale(args.gradient_scale);
  float* const values = args.values;
  float* const slots[] = {args.slots[0], args.slots[1]};
  for (std::size_t i = first; i < last; i += kLanes) {
    step::Trained<Number> before;
    before.value = Number(hn::Load(kFloat, values + i));
    before.slots[0] = Number(hn::Load(kFloat, slots[0] + i));
    before.slots[1] = has_two_slots ? Number(hn::Load(kFloat, slots[1] + i)) : Number(0.0F);
    const Number gradient = Number(hn::Load(kFloat, args.gradient + i)) * scale;
    const auto after = formulas::after_step(coefficients, rates, gradient, before);
    hn::Store(after.value.lanes, kFloat, values + i);
    hn::Store(after.slots[0].lanes, kFloat, slots[0] + i);
    if (has_two_slots) hn::Store(after.slots[1].lanes, kFloat, slots[1] + i);
  }
}

inline void update(const UpdateArgs& args, std::size_t first, std::size_t last) {
  switch (args.coefficients.kind) {
    case OptimiserKind::kSgd:
      return update_by<OptimiserKind::kSgd>(args, first, last);
    case OptimiserKind::kNesterov:
      return update_by<OptimiserKind::kNesterov>(args, first, last);
    case OptimiserKind::kAdam:
      return update_by<OptimiserKind::kAdam>(args, first, last);
    case OptimiserKind::kAdamW:
      return update_by<OptimiserKind::kAdamW>(args, first, last);
  }
}

inline double sum_of_squares(const float* values, std::size_t count) {
  const hn::Repartition<double, FloatTag> wide;
  const hn::Half<FloatTag> half;
  auto low = hn::Zero(wide), high = hn::Zero(wide);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const Floats value = load_first(std::min(kLanes, count - i), values + i);
    const auto a = hn::PromoteTo(wide, hn::LowerHalf(half, value));
    const auto b = hn::PromoteTo(wide, hn::UpperHalf(half, value));
    low = hn::MulAdd(a, a, low);
    high = hn::MulAdd(b, b, high);
  }
  return hn::GetLane(hn::SumOfLanes(wide, hn::Add(low, high)));
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
