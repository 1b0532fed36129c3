// The formula of a step of the optimisers. Included into a namespace, and by a back end that
// computes on vectors once more for each of its instruction sets, since a function is compiled for
// one: no guard.

/// One step with g, the mean gradient over the batch, clipped where it is to be.
///
/// sgd       g ← g + λw;  v ← μv − ηg;  w ← w + v
/// nesterov  g ← g + λw;  v ← μv − ηg;  w ← w + μv − ηg        (Sutskever et al. 2013, as Keras)
/// adam      g ← g + λw;  m ← β₁m + (1−β₁)g;  s ← β₂s + (1−β₂)g²;
///           w ← w − η·m/(1−β₁^t) / (√s/√(1−β₂^t) + ε)         (Kingma & Ba 2015)
/// adamw     w ← w − ηλw, then as adam without decay           (Loshchilov & Hutter 2019)
///
/// At a constant rate the first two are PyTorch's, whose v is −v/η here.
template <typename Number, typename Real>
REGROW_HD inline Trained<Number> after_step(const Coefficients<Real>& of, const StepRates& rates,
                                            Number gradient, const Trained<Number>& before) {
  const Number rate(static_cast<Real>(rates.learning_rate));
  const Number decay(of.weight_decay), momentum(of.momentum);
  Trained<Number> after = before;
  Number g = gradient;
  if (of.kind == OptimiserKind::kAdamW) {
    after.value = before.value - rate * decay * before.value;
  } else {
    g = multiply_add(decay, before.value, gradient);
  }
  if (of.kind == OptimiserKind::kSgd || of.kind == OptimiserKind::kNesterov) {
    after.slots[0] = momentum * before.slots[0] - rate * g;
    after.value = of.kind == OptimiserKind::kSgd
                      ? before.value + after.slots[0]
                      : before.value + (momentum * after.slots[0] - rate * g);
    return after;
  }
  after.slots[0] = multiply_add(momentum, before.slots[0], Number(of.mean_share) * g);
  after.slots[1] =
      multiply_add(Number(of.beta2), before.slots[1], Number(of.square_share) * (g * g));
  const Number root =
      square_root(after.slots[1]) * Number(static_cast<Real>(rates.second_correction));
  const Number mean = after.slots[0] * Number(static_cast<Real>(rates.first_correction));
  after.value = after.value - rate * (mean / (root + Number(of.epsilon)));
  return after;
}
