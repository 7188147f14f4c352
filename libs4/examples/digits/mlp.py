# SPDX-License-Identifier: MIT
"""A multilayer perceptron in float32 with pruning masks and batch normalisation, trained by Adam.

Batch normalisation is a matter of training alone: `folded` gives the plain weights and biases.
"""

import numpy as np

import prune

EPSILON = np.float32(1e-4)  # added to a variance
MEMORY = np.float32(0.98)  # of the running mean and variance, a step


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


class Layer:
    """y = relu(gain * normalised(x W^T) + bias), or y = x W^T + bias in the last layer.

    `weights` are the dense shadow weights; the network computes with weights * mask.
    """

    def __init__(self, rows, k, degree, last, rng):
        self.weights = rng.normal(0, np.sqrt(2 / k), (rows, k)).astype(np.float32)
        self.bias = np.zeros(rows, np.float32)
        self.gain = None if last else np.ones(rows, np.float32)
        self.mean = np.zeros(rows, np.float32)
        self.variance = np.ones(rows, np.float32)
        self.degree = degree
        self.mask = None
        self.final = False  # the mask moves no more
        self.moments = {}

    def remask(self, keep):
        """A fresh mask from the shadow weights: a weight that grew back is used again."""
        self.mask = None if keep == prune.BANK else prune.mask_of_largest(self.weights, keep)

    def effective(self):
        return self.weights if self.mask is None else self.weights * self.mask

    def folded(self):
        """(weights, bias) of the layer without normalisation."""
        if self.gain is None:
            return self.effective(), self.bias
        factor = self.gain / np.sqrt(self.variance + EPSILON)
        return self.effective() * factor[:, None], self.bias - self.mean * factor

    def forward(self, x, weights):
        """The layer's output on a training batch, and what `backward` needs."""
        z = x @ weights.T
        if self.gain is None:
            return z + self.bias, None
        mean = z.mean(axis=0)
        z -= mean
        variance = np.einsum("nr,nr->r", z, z) / np.float32(len(z))
        inverse = 1 / np.sqrt(variance + EPSILON)
        z *= inverse
        self.mean += (1 - MEMORY) * (mean - self.mean)
        self.variance += (1 - MEMORY) * (variance - self.variance)
        return np.maximum(z * self.gain + self.bias, 0), (z, inverse)

    def backward(self, delta, kept):
        """Gradients of (bias, gain) and of x W^T, from that of the sum before ReLU."""
        grad_bias = delta.sum(axis=0)
        if kept is None:
            return grad_bias, None, delta
        z, inverse = kept
        grad_gain = np.einsum("nr,nr->r", delta, z)
        n = np.float32(len(delta))
        delta = delta - grad_bias / n - z * (grad_gain / n)
        delta *= self.gain * inverse
        return grad_bias, grad_gain, delta


class Adam:
    def __init__(self):
        self.steps = 0

    def begin_step(self, rate):
        self.steps += 1
        self.step = np.float32(rate * np.sqrt(1 - 0.99 ** self.steps) / (1 - 0.9 ** self.steps))

    def update(self, layer, name, grad):
        """One parameter of a layer, in place; `grad` is used up."""
        param = getattr(layer, name)
        m, v = layer.moments.setdefault(name, (np.zeros_like(param), np.zeros_like(param)))
        m *= np.float32(0.9)
        m += np.float32(0.1) * grad
        np.square(grad, out=grad)
        grad *= np.float32(0.01)
        v *= np.float32(0.99)
        v += grad
        np.sqrt(v, out=grad)
        grad += np.float32(1e-7)
        np.divide(m, grad, out=grad)
        grad *= self.step
        param -= grad


class Mlp:
    """784 -> hidden... -> 10 with ReLU between."""

    def __init__(self, widths, degrees, seed):
        rng = np.random.default_rng([seed, 0x1417])
        last = len(degrees) - 1
        self.layers = [Layer(widths[i + 1], widths[i], degrees[i], i == last, rng)
                       for i in range(len(degrees))]
        self.adam = Adam()

    def folded(self):
        return [layer.folded() for layer in self.layers]

    def train_step(self, x, target, rate, decay, dropout, rng):
        """One step on a batch; target: rows of probabilities. Returns the mean cross entropy."""
        weights = [layer.effective() for layer in self.layers]
        inputs, kept = [], []
        for layer, w in zip(self.layers, weights):
            inputs.append(x)
            x, state = layer.forward(x, w)
            kept.append(state)
            if dropout and layer is not self.layers[-1]:
                x *= (rng.random(x.shape, np.float32) >= dropout) * np.float32(1 / (1 - dropout))
        probability = softmax(x)
        loss = -np.mean(np.sum(target * np.log(probability + 1e-9), axis=1))
        delta = (probability - target) / np.float32(len(x))
        self.adam.begin_step(rate)
        for i in reversed(range(len(self.layers))):
            layer = self.layers[i]
            grad_bias, grad_gain, delta = layer.backward(delta, kept[i])
            grad = delta.T @ inputs[i]
            if i:
                delta = delta @ weights[i]
                delta *= inputs[i] > 0  # cut by ReLU, or dropped
                if dropout:
                    delta *= np.float32(1 / (1 - dropout))
            # While the mask still moves, the gradient reaches the shadow weights as if there were
            # none (straight through); once it is final, only the weights that are left move.
            if layer.final and layer.mask is not None:
                grad *= layer.mask
            self.adam.update(layer, "weights", grad)
            self.adam.update(layer, "bias", grad_bias)
            if grad_gain is not None:
                self.adam.update(layer, "gain", grad_gain)
            layer.weights *= np.float32(1 - rate * decay)
        return loss


def forward(folded, x):
    """Logits [n][10] of float inputs [n][784] through `Mlp.folded`."""
    for i, (weights, bias) in enumerate(folded):
        x = x @ weights.T + bias
        if i < len(folded) - 1:
            np.maximum(x, 0, out=x)
    return x
