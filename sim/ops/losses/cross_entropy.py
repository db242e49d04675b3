"""Cross-entropy over classes, of logits; mean over the batch."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("ce", "nll", "xent", "softmax", "log_loss", "cross_entropy_loss", "categorical_cross_entropy")
READ = "Its gradient at the output is the softmax less the target, so a wrong answer is always corrected."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2; torch.nn.CrossEntropyLoss"
READOUT = True
TARGET = "class"
USUAL = True


def value_and_gradient(output: Array, target: Array) -> tuple[float, Array]:
    """The mean of -log softmax at the target, and its gradient; logits (batch, classes), target (batch,)."""
    rows = np.arange(len(output))
    with np.errstate(all="ignore"):
        shifted = output - output.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        total = exponentials.sum(axis=1, keepdims=True)
        losses = np.log(total[:, 0].astype(np.float64)) - shifted[rows, target]
        grad = exponentials / total
        grad[rows, target] -= 1
        return float(losses.mean()), grad / len(output)


def constant_output(target: Array) -> Array:
    """The constant output (classes,) with the least loss: the log of the classes' shares in targets (rows,)."""
    with np.errstate(divide="ignore"):
        return np.log(np.bincount(target) / target.size)


def constant_loss(target: Array) -> float:
    """The loss of the best constant output: the entropy of the classes in the target (samples, ...)."""
    shares = np.bincount(target.reshape(-1)) / target.size
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def accuracy(output: Array, target: Array) -> float:
    """The share of samples whose largest logit is the target's class."""
    return float(np.mean(output.argmax(axis=1) == target))
