#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One training run from dense to 32x, with the accuracy at every degree on the way.

    /usr/bin/python3 gradual.py --data MNIST_FOLDER [--work FOLDER]

Trains 784-512-512-10 dense, then prunes the two wide layers along s4/prune.py's Schedule; at each
degree the ramp holds for some epochs and the weights that are left are tuned. Prints a table (as
Markdown); with --work also writes the float weights and masks of every stage. Labels alone teach:
no distillation, unlike train.py, and fewer epochs.
"""

import argparse
import pathlib
import time

import numpy as np

import data
import mlp
import prune
from train import accuracy, pixels_to_float

WIDTHS = (784, 512, 512, 10)
BATCH = 256
RATE = 3e-3
DECAY = 0.01
REMASK_EVERY = 20
CLEAN = 0.3  # share of undistorted images in a batch


class Trainer:
    """The network, its data and the log of one run."""

    def __init__(self, args):
        images, labels = data.load(args.data, "train")
        (images, self.labels), (held, self.held_labels) = data.split(images, labels, args.seed)
        self.pool = data.distorted_pool(images, args.copies, args.seed)
        self.held = pixels_to_float(held)
        test, self.test_labels = data.load(args.data, "t10k")
        self.test = pixels_to_float(test)
        self.rng = np.random.default_rng([args.seed, 0x6AD])
        self.net = mlp.Mlp(WIDTHS, (prune.DEGREES[-1], prune.DEGREES[-1], 1), args.seed)
        self.steps_per_epoch = len(self.labels) // BATCH
        self.order = np.zeros(0, int)

    def sparse_layers(self):
        return self.net.layers[:-1]  # the last one, 10 rows, stays dense

    def step(self, rate):
        """One batch; a new epoch's order whenever the last is used up."""
        if len(self.order) < BATCH:
            self.order = self.rng.permutation(len(self.labels))
        index, self.order = self.order[:BATCH], self.order[BATCH:]
        copy = self.rng.integers(len(self.pool), size=BATCH) * (self.rng.random(BATCH) >= CLEAN)
        target = np.zeros((BATCH, 10), np.float32)
        target[np.arange(BATCH), self.labels[index]] = 1
        self.net.train_step(pixels_to_float(self.pool[copy, index]), target, rate, DECAY, 0.0,
                            self.rng)

    def validation(self):
        return accuracy(self.net, self.held, self.held_labels)

    def test_accuracy(self):
        return accuracy(self.net, self.test, self.test_labels)


def cosine(part):
    """From 1 at 0 down to a hundredth at 1."""
    return 0.505 + 0.495 * np.cos(np.pi * part)


def train_dense(trainer, epochs):
    total = epochs * trainer.steps_per_epoch
    for step in range(total):
        trainer.step(RATE * min(1, (step + 1) / 200) * cosine(step / total))


def report(trainer, degree, epochs, reached, args):
    degrees = [prune.degree_of(layer.effective()) for layer in trainer.sparse_layers()]
    macs = sum(prune.multiply_accumulates(*layer.weights.shape, d)
               for layer, d in zip(trainer.net.layers, degrees + [1]))
    print(f"| {degree} | {prune.BANK // degree} | {macs:,} | {epochs:.1f} | {reached} | "
          f"{trainer.validation():.2f} | {trainer.test_accuracy():.2f} |", flush=True)
    if degrees != [degree] * len(degrees):
        raise SystemExit(f"the layers' degrees are {degrees}, not {degree}")
    if args.work:
        arrays = {}
        for i, (layer, (weights, bias)) in enumerate(zip(trainer.net.layers, trainer.net.folded())):
            mask = np.ones(weights.shape, bool) if layer.mask is None else layer.mask
            arrays.update({f"weights{i}": weights, f"bias{i}": bias, f"mask{i}": mask})
        args.work.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(args.work / f"gradual-{degree}x.npz", **arrays)


def train_sparse(trainer, schedule, dense_epochs, args):
    """Every stage ends with a report. The rate falls within a hold and is restored behind it."""
    ends = {step: degree for degree, step in schedule.stage_ends.items()}
    reached = ""
    for step in range(schedule.total):
        _, held = schedule.place(step)
        # On the ramp and in the first half of a hold the choice may still change; in the second it
        # is final. What was cut and kept its dense value may come back at the next stage.
        final = held is not None and 2 * held >= schedule.hold
        for layer in trainer.sparse_layers():
            if not final and (step % REMASK_EVERY == 0 or held == 0):
                layer.remask(schedule.keep(step))
            layer.final = final
        if held == 0:
            reached = f"{trainer.validation():.2f}"
        trainer.step(RATE / 2 * (1 if held is None else cosine(held / schedule.hold)))
        if step in ends:
            epochs = dense_epochs + (step + 1) / trainer.steps_per_epoch
            report(trainer, ends[step], epochs, reached, args)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with the four MNIST idx files")
    parser.add_argument("--work", type=pathlib.Path, help="folder for the weights of every stage")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--copies", type=int, default=12, help="size of the pool of distortions")
    parser.add_argument("--dense-epochs", type=int, default=15)
    parser.add_argument("--ramp-epochs", type=int, default=10, help="of the ramp without holds")
    parser.add_argument("--hold-epochs", type=int, default=6, help="at each degree")
    args = parser.parse_args()
    start = time.process_time()
    trainer = Trainer(args)
    print("| degree | entries a bank | MACs | epochs so far | validation, reached | "
          "validation, tuned | test, tuned |\n|---|---|---|---|---|---|---|", flush=True)
    train_dense(trainer, args.dense_epochs)
    report(trainer, 1, args.dense_epochs, "", args)
    schedule = prune.Schedule(args.ramp_epochs * trainer.steps_per_epoch,
                              hold=args.hold_epochs * trainer.steps_per_epoch)
    train_sparse(trainer, schedule, args.dense_epochs, args)
    print(f"\n{time.process_time() - start:.0f} s of processor time")


if __name__ == "__main__":
    main()
