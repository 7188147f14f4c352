# SPDX-License-Identifier: MIT
"""A multilayer perceptron in float32 with pruning masks, trained by Adam."""

import numpy as np

import prune


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


class Layer:
    """y = x W^T + b. `weights` are the dense shadow weights; the network computes with W * mask."""

    def __init__(self, rows, k, degree, rng):
        self.weights = rng.normal(0, np.sqrt(2 / k), (rows, k)).astype(np.float32)
        self.bias = np.zeros(rows, np.float32)
        self.degree = degree
        self.keep = prune.BANK
        self.mask = None
        self.final = False  # the mask moves no more
        self.moments = [np.zeros_like(p) for p in (self.weights, self.weights,
                                                    self.bias, self.bias)]

    def remask(self, keep):
        """A fresh mask from the shadow weights: a weight that grew back is used again."""
        self.keep = keep
        self.mask = None if keep == prune.BANK else prune.mask_of_largest(self.weights, keep)

    def effective(self):
        return self.weights if self.mask is None else self.weights * self.mask


class Mlp:
    """784 -> hidden... -> 10 with ReLU between; one degree of sparsity for every layer."""

    def __init__(self, widths, degrees, seed):
        rng = np.random.default_rng([seed, 0x1417])
        self.layers = [Layer(rows, k, degree, rng)
                       for rows, k, degree in zip(widths[1:], widths, degrees)]
        self.steps = 0

    def forward(self, x, weights=None):
        """Logits [n][10] of float inputs [n][784]."""
        for i, layer in enumerate(self.layers):
            w = layer.effective() if weights is None else weights[i]
            x = x @ w.T + layer.bias
            if layer is not self.layers[-1]:
                np.maximum(x, 0, out=x)
        return x

    def train_step(self, x, target, rate, decay, dropout, rng):
        """One step on a batch; target: rows of probabilities. Returns the mean cross entropy."""
        weights = [layer.effective() for layer in self.layers]
        inputs = []
        for i, layer in enumerate(self.layers):
            inputs.append(x)
            x = x @ weights[i].T + layer.bias
            if layer is not self.layers[-1]:
                np.maximum(x, 0, out=x)
                if dropout:
                    x *= (rng.random(x.shape, np.float32) >= dropout) * np.float32(1 / (1 - dropout))
        probability = softmax(x)
        loss = -np.mean(np.sum(target * np.log(probability + 1e-9), axis=1))
        delta = (probability - target) / np.float32(len(x))
        self.steps += 1
        for i in reversed(range(len(self.layers))):
            layer = self.layers[i]
            grad_w, grad_b = delta.T @ inputs[i], delta.sum(axis=0)
            if i:
                # Zero where ReLU or dropout cut it; dropout's factor is in the stored input.
                delta = delta @ weights[i]
                delta *= inputs[i] > 0
                if dropout:
                    delta *= np.float32(1 / (1 - dropout))
            self._update(layer, grad_w, grad_b, rate, decay)
        return loss

    def _update(self, layer, grad_w, grad_b, rate, decay):
        # While the mask still moves, the gradient reaches the shadow weights as if there were none
        # (straight through); once it is final, only the weights that are left move.
        if layer.final and layer.mask is not None:
            grad_w *= layer.mask
        b1, b2 = 0.9, 0.99
        step = np.float32(rate * np.sqrt(1 - b2 ** self.steps) / (1 - b1 ** self.steps))
        mw, vw, mb, vb = layer.moments
        for param, grad, m, v in ((layer.weights, grad_w, mw, vw), (layer.bias, grad_b, mb, vb)):
            m *= b1
            m += np.float32(1 - b1) * grad
            np.square(grad, out=grad)
            v *= b2
            grad *= np.float32(1 - b2)
            v += grad
            np.sqrt(v, out=grad)
            grad += np.float32(1e-7)
            np.divide(m, grad, out=grad)
            grad *= step
            param -= grad
        if decay:
            layer.weights *= np.float32(1 - rate * decay)
