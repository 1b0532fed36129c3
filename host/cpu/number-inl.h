// The number that the formulas of a training step (regrow/step/) take where many are computed at
// once, and the formulas themselves, compiled for this instruction set.
#if defined(REGROW_CPU_NUMBER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_NUMBER_INL_H_
#undef REGROW_CPU_NUMBER_INL_H_
#else
#define REGROW_CPU_NUMBER_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>

#include "cpu/vector-inl.h"
#include "regrow/step/activation.h"
#include "regrow/step/optimiser.h"
#include "regrow/step/standardise.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

/// A vector of floats, and what regrow/step/number.h asks of a number.
struct Number {
  Floats lanes;

  Number() = default;
  HWY_INLINE explicit Number(float value) : lanes(hn::Set(kFloat, value)) {}
  HWY_INLINE explicit Number(Floats of) : lanes(of) {}
};
/// What comparing two of them gives.
struct Condition {
  hn::Mask<FloatTag> lanes;
};

HWY_INLINE Number operator+(Number a, Number b) { return Number(hn::Add(a.lanes, b.lanes)); }
HWY_INLINE Number operator-(Number a, Number b) { return Number(hn::Sub(a.lanes, b.lanes)); }
HWY_INLINE Number operator*(Number a, Number b) { return Number(hn::Mul(a.lanes, b.lanes)); }
HWY_INLINE Number operator/(Number a, Number b) { return Number(hn::Div(a.lanes, b.lanes)); }
HWY_INLINE Number operator-(Number a) { return Number(hn::Neg(a.lanes)); }
HWY_INLINE Condition operator<(Number a, Number b) { return {hn::Lt(a.lanes, b.lanes)}; }
HWY_INLINE Condition operator>(Number a, Number b) { return {hn::Gt(a.lanes, b.lanes)}; }
HWY_INLINE Condition operator<=(Number a, Number b) { return {hn::Le(a.lanes, b.lanes)}; }
HWY_INLINE Condition operator>=(Number a, Number b) { return {hn::Ge(a.lanes, b.lanes)}; }
HWY_INLINE Number multiply_add(Number a, Number b, Number c) {
  return Number(hn::MulAdd(a.lanes, b.lanes, c.lanes));
}
HWY_INLINE Number square_root(Number a) { return Number(hn::Sqrt(a.lanes)); }
HWY_INLINE Number exponential(Number a) { return Number(hn::Exp(kFloat, a.lanes)); }
HWY_INLINE Number absolute(Number a) { return Number(hn::Abs(a.lanes)); }
HWY_INLINE Number select(Condition condition, Number then, Number otherwise) {
  return Number(hn::IfThenElse(condition.lanes, then.lanes, otherwise.lanes));
}

namespace formulas {
using step::Coefficients;
using step::SRelu;
using step::StepRates;
using step::Trained;
#include "regrow/step/activation-inl.h"
#include "regrow/step/optimiser-inl.h"
#include "regrow/step/standardise-inl.h"
}  // namespace formulas

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
