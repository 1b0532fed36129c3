"""Writes pytorch_optimisers.h: what PyTorch makes of a few numbers, in double precision.

    apt-get install -y python3-torch
    /usr/bin/python3 tests/reference/pytorch_optimisers.py > tests/reference/pytorch_optimisers.h

Nothing here is of regrow, but for what differs and is converted: its velocity is -lr times PyTorch's
momentum buffer; its losses are means over the batch where PyTorch divides by the sum of the weights;
and with label smoothing a sample counts by the weight of its label's class, where PyTorch weighs
every term of the smoothed label by its own class.
"""
import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)

STEPS = 4
START = [0.5, -1.25, 0.0, 3.0, -0.02]
# Each of another size and sign; the third is 0 for two steps, the last too small for the root of its
# mean square to stand clear of epsilon.
GRADIENTS = [
    [0.3, -0.01, 0.0, 2.5, 1e-9],
    [-0.2, -0.02, 0.0, 1.5, -3e-9],
    [0.25, 0.4, 1e-3, -4.0, 2e-9],
    [-0.3, -0.03, -0.2, 0.5, 1e-9],
]
# Floats, as learning rates of steps are; where the velocity holds the rate, it must not change.
RATE = 0.0625
RATES = [0.0625, 0.03125, 0.046875, 0.0078125]


def texts(values):
    return ", ".join(repr(float(value)) for value in values)


def array(name, values):
    print(f"inline const std::vector<double> {name} = {{{texts(values)}}};")


def matrix(name, rows):
    print(f"inline const std::vector<std::vector<double>> {name} = {{")
    for row in rows:
        print(f"    {{{texts(row)}}},")
    print("};")


def run(optimiser, weights, rates):
    """The weights after every step."""
    rows = []
    for gradient, rate in zip(GRADIENTS, rates):
        optimiser.param_groups[0]["lr"] = rate
        weights.grad = torch.tensor(gradient)
        optimiser.step()
        rows.append(weights.tolist())
    return rows


def optimisers():
    array("kStart", START)
    matrix("kGradients", GRADIENTS)
    array("kRates", RATES)
    for name, nesterov in (("Sgd", False), ("Nesterov", True)):
        weights = torch.tensor(START, requires_grad=True)
        optimiser = torch.optim.SGD([weights], lr=RATE, momentum=0.9, weight_decay=0.01,
                                    nesterov=nesterov)
        matrix(f"k{name}Weights", run(optimiser, weights, [RATE] * STEPS))
        array(f"k{name}Velocity", -RATE * optimiser.state[weights]["momentum_buffer"])
    for name, kind in (("Adam", torch.optim.Adam), ("AdamW", torch.optim.AdamW)):
        weights = torch.tensor(START, requires_grad=True)
        optimiser = kind([weights], lr=RATE, betas=(0.8, 0.99), eps=1e-8, weight_decay=0.1)
        matrix(f"k{name}Weights", run(optimiser, weights, RATES))
        array(f"k{name}FirstMoment", optimiser.state[weights]["exp_avg"])
        array(f"k{name}SecondMoment", optimiser.state[weights]["exp_avg_sq"])


def clipping():
    """Gradients of three parameters together: below the norm, and above it."""
    arrays = [[0.3, -2.0, 0.5], [1.5], [0.25, -0.125]]
    for name, norm in (("Loose", 3.0), ("Tight", 0.7)):
        parameters = [torch.zeros(len(values), requires_grad=True) for values in arrays]
        for parameter, values in zip(parameters, arrays):
            parameter.grad = torch.tensor(values)
        torch.nn.utils.clip_grad_norm_(parameters, norm)
        matrix(f"k{name}Clipped", [parameter.grad for parameter in parameters])
    matrix("kToClip", arrays)


LOGITS = [[0.5, -1.0, 2.0, 0.25], [3.0, 0.125, -2.0, 1.0], [-0.75, 4.0, 0.0, 1.5]]  # [batch][classes]
LABELS = [2, 1, 1]
CLASS_WEIGHTS = [0.5, 3.0, 1.25, 2.0]
TARGETS = [[0.25, -0.5, 1.0, 0.0], [2.0, 1.0, 0.5, -1.0], [0.0, 0.125, 0.75, 1.5]]


def loss(name, of):
    """The sum over the batch, and the gradient of the mean, as regrow has them: [classes][batch]."""
    logits = torch.tensor(LOGITS, requires_grad=True)
    total = of(logits)
    (total / len(LOGITS)).backward()
    print(f"inline constexpr double k{name}Loss = {float(total)!r};")
    array(f"k{name}Gradient", logits.grad.t().flatten())


def losses():
    labels, weights = torch.tensor(LABELS), torch.tensor(CLASS_WEIGHTS)
    array("kLogits", torch.tensor(LOGITS).t().flatten())
    array("kTargets", torch.tensor(TARGETS).t().flatten())
    print(f"inline const std::vector<std::uint16_t> kLabels = {{{', '.join(map(str, LABELS))}}};")
    print(f"inline const std::vector<float> kClassWeights = {{{texts(CLASS_WEIGHTS)}}};")
    loss("Smoothed", lambda z: functional.cross_entropy(z, labels, label_smoothing=0.1,
                                                        reduction="sum"))
    loss("Weighted", lambda z: functional.cross_entropy(z, labels, weight=weights,
                                                        reduction="sum"))
    loss("WeightedSmoothed",
         lambda z: (weights[labels] * functional.cross_entropy(
             z, labels, label_smoothing=0.1, reduction="none")).sum())
    loss("SquaredError",
         lambda z: functional.mse_loss(z, torch.tensor(TARGETS)) * len(LOGITS))


def activations():
    values = [-6.0, -2.5, -1.0, -0.25, 0.0, 0.125, 0.75, 1.0, 3.5, 7.0]
    array("kValues", values)
    z = torch.tensor(values, requires_grad=True)
    out = functional.gelu(z)
    out.sum().backward()
    array("kGelu", out)
    array("kGeluDerivative", z.grad)
    # One neuron's SReLU, by its definition; what autograd makes of it.
    weights = torch.tensor([0.5 * k - 2.0 for k in range(len(values))])
    array("kOutputGradients", weights)
    for name, learned in (("SRelu", [-0.5, 0.25, 1.375, 0.625]),
                          ("SReluOfNegativeT", [-0.5, -0.25, -1.375, 1.5])):
        z = torch.tensor(values, requires_grad=True)
        of = [torch.tensor(value, requires_grad=True) for value in learned]
        t_left, a_left, t_right, a_right = of
        right = t_left + t_right.abs()
        out = torch.where(z <= t_left, t_left + a_left * (z - t_left),
                          torch.where(z >= right, right + a_right * (z - right), z))
        (weights * out).sum().backward()
        array(f"k{name}Learned", learned)
        array(f"k{name}", out)
        array(f"k{name}InputGradients", z.grad)
        array(f"k{name}Gradients", [value.grad for value in of])


print("// Written by pytorch_optimisers.py, which says how; by PyTorch "
      f"{torch.__version__}.")
print("// clang-format off")
print("#pragma once\n\n#include <cstdint>\n#include <vector>\n\nnamespace regrow::tests::pytorch {\n")
optimisers()
clipping()
losses()
activations()
print("\n}  // namespace regrow::tests::pytorch")
