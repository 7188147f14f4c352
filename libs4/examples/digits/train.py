#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trains the digit networks: see README.md for the command lines.

Everything is drawn from --seed, so two runs with the same numpy, BLAS and processor type give the
same network. Training state goes to --work (never into the tree): the teacher's logits on the
pool of distorted images, and NAME.npz with the float weights and masks.
"""

import argparse
import pathlib
import time

import numpy as np

import data
import mlp
import networks
import prune

# The mask is drawn anew from the shadow weights every so many steps. The ramp from 64 entries a
# bank down to 64/degree takes the first part of the run; then the choice may still change for a
# while; then it is final and the weights that are left are tuned.
REMASK_EVERY = 40
RAMP = (0.03, 0.40)
FINAL = 0.50
TEMPERATURE = 2.0


def pixels_to_float(pixels):
    """What the card sees (INT8 0..127), as a float 0..1: training meets the same rounding."""
    return data.quantise_pixels(pixels).astype(np.float32) * np.float32(1 / 127)


class TrainingSet:
    """The pool of distorted images with labels and, once it is trained, the teacher's answers."""

    def __init__(self, args):
        images, labels = data.load(args.data, "train")
        (self.images, self.labels), (held, self.held_labels) = data.split(images, labels, args.seed)
        self.held = pixels_to_float(held)
        self.pool = self._pool(args)
        self.teacher = None

    def _pool(self, args):
        path = args.work / f"pool-{args.copies}-{args.seed}.npy"
        if not path.exists():
            start = time.process_time()
            np.save(path, data.distorted_pool(self.images, args.copies, args.seed))
            print(f"pool of {args.copies} copies: {time.process_time() - start:.0f} s", flush=True)
        return np.load(path, mmap_mode="r")

    def batches(self, batch, clean, rng):
        """One epoch: every image once, each from a copy drawn at random (copy 0: undistorted)."""
        order = rng.permutation(len(self.images))
        for start in range(0, len(order) - batch + 1, batch):
            copy = rng.integers(len(self.pool), size=batch) * (rng.random(batch) >= clean)
            yield copy, order[start:start + batch]

    def target(self, copy, index, distil):
        """Rows of probabilities: the label (smoothed by the teacher where there is one)."""
        target = np.zeros((len(index), 10), np.float32)
        target[np.arange(len(index)), self.labels[index]] = 1 - distil
        if distil:
            target += np.float32(distil) * self.teacher[copy, index]
        return target


def train(network, training, seed, log=True):
    """Trains one network; returns it as an Mlp with final masks."""
    net = mlp.Mlp(network.widths, network.degrees, seed)
    rng = np.random.default_rng([seed, 0x7247])
    steps_per_epoch = len(training.images) // network.batch
    total = network.epochs * steps_per_epoch
    step = 0
    for epoch in range(network.epochs):
        start, losses = time.process_time(), []
        for copy, index in training.batches(network.batch, network.clean, rng):
            part = step / total
            if step % REMASK_EVERY == 0:
                progress = (part - RAMP[0]) / (RAMP[1] - RAMP[0])
                keeps = [prune.kept_per_bank(layer.degree, progress) for layer in net.layers]
                for layer, keep in zip(net.layers, keeps):
                    if not layer.final:
                        layer.remask(keep)
                        layer.final = part >= FINAL
            # A short warm-up, then a cosine down to a hundredth.
            rate = network.rate * min(1, (step + 1) / 200) * (0.505 + 0.495 * np.cos(np.pi * part))
            losses.append(net.train_step(pixels_to_float(training.pool[copy, index]),
                                         training.target(copy, index, network.distil),
                                         rate, network.decay, network.dropout, rng))
            step += 1
        if log:
            print(f"{network.name} epoch {epoch + 1:2}/{network.epochs}: "
                  f"keeps {'/'.join(str(k) for k in keeps)} of 64, "
                  f"loss {np.mean(losses):.4f}, "
                  f"validation {accuracy(net, training.held, training.held_labels):.2f} %, "
                  f"{time.process_time() - start:.1f} s", flush=True)
    return net


def accuracy(net, x, labels):
    return 100 * np.mean(mlp.forward(net.folded(), x).argmax(axis=1) == labels)


def save(path, network, net):
    arrays = {}
    for i, (layer, (weights, bias)) in enumerate(zip(net.layers, net.folded())):
        arrays[f"weights{i}"], arrays[f"bias{i}"] = weights, bias
        arrays[f"mask{i}"] = np.ones_like(weights, bool) if layer.mask is None else layer.mask
    np.savez_compressed(path, degrees=np.array(network.degrees), **arrays)


def teach(training, args):
    """The teacher's softened answers on the pool, trained once and kept."""
    path = args.work / f"teacher-{args.copies}-{args.seed}.npy"
    if not path.exists():
        net = train(networks.TEACHER, training, args.seed)
        save(args.work / "teacher.npz", networks.TEACHER, net)
        answers = np.empty(training.pool.shape[:2] + (10,), np.float16)
        for copy in range(len(training.pool)):
            for start in range(0, answers.shape[1], 5000):
                part = slice(start, start + 5000)
                logits = mlp.forward(net.folded(), pixels_to_float(training.pool[copy, part]))
                answers[copy, part] = mlp.softmax(logits / TEMPERATURE)
        np.save(path, answers)
    training.teacher = np.load(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with the four MNIST idx files")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder for state")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--copies", type=int, default=12, help="size of the pool of distortions")
    parser.add_argument("names", nargs="*", help="networks to train (default: all that ship)")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    chosen = [networks.by_name(name) for name in args.names] or networks.SHIPPED
    training = TrainingSet(args)
    teach(training, args)
    for network in chosen:
        save(args.work / f"{network.name}.npz", network, train(network, training, args.seed))


if __name__ == "__main__":
    main()
