#!/usr/bin/env python3
"""Prints the loss curve that golden_curve_test.cpp holds, computed a second time.

Nothing here comes from the program: Philox is written from the paper's description, the tiny data
set and network from tests/support/tiny_data.h, the training from its formulas as whole-matrix numpy
expressions. Run it with any numpy; it needs no arguments.
"""
import math

import numpy as np

MASK = 0xFFFFFFFF
INITIAL_WEIGHT, SAMPLE_ORDER, AUGMENTATION, DROPOUT, SYNTHETIC = 3, 4, 5, 6, 11


def words(seed, purpose, layer, time, index):
    c = [index & MASK, index >> 32, purpose << 24 | layer, time]
    k0, k1 = seed & MASK, seed >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k0, p1 & MASK, (p0 >> 32) ^ c[3] ^ k1, p0 & MASK]
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c


def uniform(bits):
    return (bits >> 8) / 2.0**24


def make_data(seed, samples, classes, channels, height, width):
    features = channels * height * width
    labels = np.array([words(seed, SYNTHETIC, 0, 0, s)[0] % classes for s in range(samples)])
    pixels = np.array([[words(seed, SYNTHETIC, 0, 1, s << 32 | f)[0] % 128
                        + (127 if f % classes == labels[s] else 0)
                        for f in range(features)] for s in range(samples)], dtype=float)
    held_out = [s for s in range(samples) if s % 7 == 3][:5]
    kept = [s for s in range(samples) if s not in held_out]
    pixels, labels = pixels[kept], labels[kept]
    return (pixels - pixels.mean(0)) / pixels.std(0), labels  # images: [samples][channel·row·col]


def make_network(seed, sizes, density):
    layers = []
    for l, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        share = 1.0 if l == len(sizes) - 2 else density
        limit = np.float32(math.sqrt(3.0 / (share * inputs)))
        w, m = np.zeros((outputs, inputs)), np.zeros((outputs, inputs))
        for cell in range(outputs * inputs):
            block = words(seed, INITIAL_WEIGHT, l, 0, cell)
            if uniform(block[1]) >= share:
                continue
            m.flat[cell] = 1
            w.flat[cell] = limit * np.float32(2 * uniform(block[0]) - 1)
        b = [float(np.float32(0.2) * np.float32(2 * uniform(words(seed, INITIAL_WEIGHT, l, 1, o)[0])
                                                 - 1)) for o in range(outputs)]
        layers.append({"w": w, "m": m, "b": np.array(b)[:, None], "vw": 0 * w,
                       "vb": np.zeros((outputs, 1))})
    return layers


def sample_order(seed, epoch, count):
    def key(i):
        block = words(seed, SAMPLE_ORDER, 0, epoch, i // 2)
        return block[2 * (i % 2)] | block[2 * (i % 2) + 1] << 32
    return sorted(range(count), key=key)


def warp(image, seed, epoch, position):
    """Rotate by up to 10°, shift by up to 10 %, mirror by chance; bilinear, edges repeated."""
    channels, height, width = image.shape
    u = [uniform(x) for x in words(seed, AUGMENTATION, 0, epoch, position)]
    angle = (2 * u[0] - 1) * math.radians(10)
    shift = np.array([(2 * u[1] - 1) * 0.1 * width, (2 * u[2] - 1) * 0.1 * height])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    unrotate = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    offset = centre - unrotate @ (shift + centre)
    if u[3] < 0.5:
        offset = offset + unrotate[:, 0] * (width - 1)
        unrotate = unrotate * np.array([-1, 1])
    a, t = np.float32(unrotate), np.float32(offset)
    # A product of floats is exact in double, so each line is one fused multiply-add.
    rows, cols = np.mgrid[0:height, 0:width].astype(float)
    at = []
    for k, last in ((0, width - 1), (1, height - 1)):
        inner = np.float32(np.float64(a[k, 1]) * rows + t[k]).astype(float)
        at.append(np.clip(np.float32(np.float64(a[k, 0]) * cols + inner).astype(float), 0, last))
    c0, r0 = np.floor(at[0]).astype(int), np.floor(at[1]).astype(int)
    c1, r1 = np.minimum(c0 + 1, width - 1), np.minimum(r0 + 1, height - 1)
    x, y = at[0] - c0, at[1] - r0
    return ((image[:, r0, c0] * (1 - x) + image[:, r0, c1] * x) * (1 - y)
            + (image[:, r1, c0] * (1 - x) + image[:, r1, c1] * x) * y)


def curve(seed=9, batch=8, steps=10, rate=0.05, mu=0.9, decay=0.01, p=0.3, slope=0.3):
    shape = (2, 4, 6)
    images, labels = make_data(1, 37, 3, *shape)
    layers = make_network(1, (48, 10, 8, 3), 0.5)
    rate, per_epoch, losses = float(np.float32(rate)), len(labels) // batch, []
    for step in range(steps):
        epoch, first = step // per_epoch, step % per_epoch * batch
        order = sample_order(seed, epoch, len(labels))[first:first + batch]
        y = labels[order]
        a = np.stack([warp(images[i].reshape(shape), seed, epoch, first + s)
                      .transpose(1, 2, 0).ravel() for s, i in enumerate(order)], axis=1)
        inputs, gates = [], []
        for l, layer in enumerate(layers):
            inputs.append(a)
            z = (layer["w"] * layer["m"]) @ a + layer["b"]
            if l == len(layers) - 1:
                break
            kept = np.array([[words(seed, DROPOUT, l, step, s // 4 << 32 | f)[s % 4] >> 8
                              >= round(p * 2**24) for s in range(batch)] for f in range(len(z))])
            gates.append(np.where(z > 0, 1, slope) * kept / (1 - p))
            a = z * gates[-1]
        e = np.exp(z - z.max(0))
        probability = e / e.sum(0)
        losses.append(-np.log(probability[y, range(batch)]).sum())
        dz = (probability - np.eye(len(z))[:, y]) / batch
        for l in reversed(range(len(layers))):
            layer = layers[l]
            dw, db = dz @ inputs[l].T * layer["m"], dz.sum(1, keepdims=True)
            if l > 0:
                dz = layer["w"].T @ dz * gates[l - 1]
            layer["vw"] = mu * layer["vw"] - rate * (dw + decay * layer["w"])
            layer["vb"] = mu * layer["vb"] - rate * db
            layer["w"] = layer["w"] + layer["vw"]
            layer["b"] = layer["b"] + layer["vb"]
    return losses


if __name__ == "__main__":
    for loss in curve():
        print(f"{loss:.15f}")
