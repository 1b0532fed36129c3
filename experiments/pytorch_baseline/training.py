"""One network in training, in the ways a PyTorch user would run it.

eager  autograd, one kernel after another; torch.optim.SGD over all tensors at once (foreach)
graph  the model by torch.compile, the whole step (batch, augmentation, forward, backward, update)
       as one CUDA graph; torch.optim.SGD(fused=True)
fused  as graph, but gradients' mask, momentum and update in one function by torch.compile

Precision: fp32 (no TF32), tf32 (products of float32 by TF32), bf16 (autocast to bfloat16).
"""
import contextlib

import torch
import torch.nn.functional as F

from masked_mlp import (LEARNING_RATE, MOMENTUM, Images, MaskedMlp, augmented, evolve)

EVALUATED_AT_ONCE = 1000


def why_not(way, device):
    """Why `way` cannot run here, or None."""
    if way == "eager":
        return None
    if not hasattr(torch, "compile"):
        return f"PyTorch {torch.__version__} has no torch.compile"
    if device.type != "cuda":
        return "CUDA graphs need a GPU"
    return None


def update_all(weights, gradients, momenta, masks, learning_rate):
    """v <- mu v + g; w <- w - lr v, with the hidden layers' gradients masked."""
    for i, (weight, gradient, momentum) in enumerate(zip(weights, gradients, momenta)):
        if masks[i] is not None:
            gradient = gradient * masks[i]
        momentum.mul_(MOMENTUM).add_(gradient)
        weight.sub_(momentum, alpha=learning_rate)


class Training:
    def __init__(self, size, steps, way, precision, device):
        self.size, self.steps, self.way, self.precision = size, steps, way, precision
        self.device = device
        self.images = Images(size, steps, device)
        self.model = MaskedMlp(size, device)
        self.weights = [layer.weight for layer in self.model.layers]
        parameters = list(self.model.parameters())
        if way == "fused":
            self.parameters = parameters
            self.momenta = [torch.zeros_like(p) for p in parameters]
            masked = dict(zip(map(id, self.weights), self.model.masks))
            self.parameter_masks = [masked.get(id(p)) for p in parameters]
            self.update = torch.compile(update_all)
        else:
            how = {"fused": True} if way == "graph" else {"foreach": True}
            self.optimiser = torch.optim.SGD(parameters, lr=LEARNING_RATE, momentum=MOMENTUM, **how)
        self.forward = self.model if way == "eager" else torch.compile(self.model)
        self.order = torch.arange(len(self.images.train), device=device)
        self.position = torch.zeros((), dtype=torch.long, device=device)
        self.batch = torch.arange(size.batch, device=device)
        self.loss_sum = torch.zeros((), device=device)
        self.graph = None
        if way != "eager":
            self._capture()

    # What a user does once at the start; here several precisions share a process.
    def _set_precision(self):
        torch.set_float32_matmul_precision("high" if self.precision == "tf32" else "highest")

    def _autocast(self):
        if self.precision != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

    def _step(self):
        images = self.images
        chosen = self.order[self.position + self.batch]
        inputs = augmented(images.standardised(images.train[chosen])).flatten(1)
        with self._autocast():
            loss = F.cross_entropy(self.forward(inputs).float(), images.train_labels[chosen])
        loss.backward()
        with torch.no_grad():
            self._apply_gradients()
            self.loss_sum += loss.detach()
            self.position += self.size.batch

    def _apply_gradients(self):
        if self.way == "fused":
            self.update(self.parameters, [p.grad for p in self.parameters], self.momenta,
                        self.parameter_masks, LEARNING_RATE)
            for parameter in self.parameters:
                parameter.grad = None
        else:
            torch._foreach_mul_([w.grad for w in self.weights[:-1]], self.model.masks)
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)

    def _capture(self):
        """Warm-up on a stream of its own, then capture, as PyTorch's manual asks."""
        self._set_precision()
        self.model.train()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self._step()
                self.position.zero_()
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self._step()
        self.position.zero_()

    def start_epoch(self):
        self._set_precision()
        self.model.train()
        self.order.copy_(torch.randperm(len(self.order), device=self.device))
        self.position.zero_()
        self.loss_sum.zero_()

    def train(self, steps):
        for _ in range(steps):
            if self.graph is not None:
                self.graph.replay()
            else:
                self._step()

    @torch.no_grad()
    def evaluate(self):
        """Mean loss and accuracy on the test images."""
        self.model.eval()
        images = self.images
        loss = torch.zeros((), device=self.device)
        hits = torch.zeros((), device=self.device)
        for begin in range(0, len(images.test), EVALUATED_AT_ONCE):
            chosen = slice(begin, begin + EVALUATED_AT_ONCE)
            with self._autocast():
                logits = self.model(images.standardised(images.test[chosen]).flatten(1)).float()
            labels = images.test_labels[chosen]
            loss += F.cross_entropy(logits, labels, reduction="sum")
            hits += (logits.argmax(1) == labels).sum()
        self.model.train()
        return loss.item() / len(images.test), hits.item() / len(images.test)

    def weight_momenta(self):
        if self.way == "fused":
            of = dict(zip(map(id, self.parameters), self.momenta))
            return [of[id(w)] for w in self.weights]
        return [self.optimiser.state[w]["momentum_buffer"] for w in self.weights]

    def evolve(self):
        momenta = self.weight_momenta()
        evolve(self.model, momenta)
        for momentum in momenta:  # the paper's program starts every epoch without momentum
            momentum.zero_()
