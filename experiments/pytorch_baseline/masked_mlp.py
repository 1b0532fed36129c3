"""The paper's network in PyTorch, with masks over dense weights: model, data, step and evolution.

Weights are 0 where the mask is 0, and stay so because their gradients are multiplied by the mask
before the update: the forward and backward passes are then plain dense products.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

CLASSES = 10
SLOPE = 0.3
DROPOUT = 0.3
MOMENTUM = 0.9
LEARNING_RATE = 0.01
DROPPED_SHARE = 0.3


@dataclass(frozen=True)
class Size:
    """A problem of `regrow bench`, by the same name there."""
    channels: int
    side: int
    hidden: tuple
    epsilon: float
    batch: int
    steps: int
    test_images: int

    @property
    def features(self):
        return self.channels * self.side * self.side


SIZES = {
    "tiny": Size(3, 8, (40, 20), 4, 20, 10, 60),
    "paper": Size(3, 32, (4000, 1000, 4000), 20, 100, 500, 10_000),
}


class Images:
    """Noise of CIFAR-10's shape, as bytes on the device."""

    def __init__(self, size, steps, device):
        self.train = self._noise(size, steps * size.batch, device)
        self.train_labels = torch.arange(len(self.train), device=device) % CLASSES
        self.test = self._noise(size, size.test_images, device)
        self.test_labels = torch.arange(len(self.test), device=device) % CLASSES
        shape = (size.channels, size.side, size.side)
        self.mean = torch.full(shape, 127.5, device=device)
        self.deviation = torch.full(shape, 73.9, device=device)

    @staticmethod
    def _noise(size, count, device):
        shape = (count, size.channels, size.side, size.side)
        return torch.randint(0, 256, shape, dtype=torch.uint8, device=device)

    def standardised(self, images):
        return (images.float() - self.mean) / self.deviation


def augmented(images):
    """Each image rotated by up to 10 degrees, shifted by up to a tenth, half of them flipped."""
    count = len(images)
    uniform = torch.rand(4, count, device=images.device)
    angle = (uniform[0] * 2 - 1) * math.radians(10)
    # A shift of 10 % of the width is 0.2 in affine_grid's coordinates, which span 2.
    shift_x, shift_y = (uniform[1] * 2 - 1) * 0.2, (uniform[2] * 2 - 1) * 0.2
    flip = (uniform[3] >= 0.5).float() * 2 - 1
    cos, sin = torch.cos(angle), torch.sin(angle)
    theta = torch.stack([torch.stack([cos * flip, -sin, shift_x], dim=1),
                         torch.stack([sin * flip, cos, shift_y], dim=1)], dim=1)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


class MaskedMlp(torch.nn.Module):
    def __init__(self, size, device):
        super().__init__()
        widths = (size.features, *size.hidden, CLASSES)
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(n, m, device=device) for n, m in zip(widths, widths[1:]))
        self.masks = []  # of the hidden layers; the output layer is dense
        with torch.no_grad():
            for layer in self.layers:
                torch.nn.init.xavier_uniform_(layer.weight)
                torch.nn.init.zeros_(layer.bias)
            for layer in self.layers[:-1]:
                cells = layer.weight.numel()
                share = size.epsilon * (layer.in_features + layer.out_features) / cells
                mask = (torch.rand(layer.weight.shape, device=device) < share).float()
                self.masks.append(mask)
                layer.weight.mul_(mask)

    def forward(self, values):
        for layer in self.layers[:-1]:
            values = F.dropout(F.leaky_relu(layer(values), SLOPE), DROPOUT, self.training)
        return self.layers[-1](values)

    def connections(self):
        return int(sum(mask.sum() for mask in self.masks))


@torch.no_grad()
def evolve(model, momenta):
    """SET: drops the 30 % of each sign closest to 0 and grows as many at random, as 0."""
    for layer, mask, momentum in zip(model.layers, model.masks, momenta):
        weights, cells = layer.weight.view(-1), mask.view(-1)
        active = cells.nonzero().squeeze(1)
        values = weights[active]
        dropped = [active[values == 0]]
        for sign in (values < 0, values > 0):
            candidates = active[sign]
            order = values[sign].abs().argsort()
            dropped.append(candidates[order[:int(len(order) * DROPPED_SHARE)]])
        dropped = torch.cat(dropped)
        cells[dropped] = 0
        weights[dropped] = 0
        momentum.view(-1)[dropped] = 0
        cells[random_inactive(cells, len(dropped))] = 1


def random_inactive(cells, count):
    """`count` distinct cells where `cells` is 0 (all of them, if they are fewer), uniformly."""
    chosen = torch.empty(0, dtype=torch.long, device=cells.device)
    count = min(count, cells.numel() - int(cells.sum()))
    while len(chosen) < count:
        drawn = torch.randint(cells.numel(), (2 * count + 64,), device=cells.device)
        chosen = torch.unique(torch.cat([chosen, drawn[cells[drawn] == 0]]))
    return chosen[torch.randperm(len(chosen), device=cells.device)[:count]]
