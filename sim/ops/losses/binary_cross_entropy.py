"""Binary cross-entropy of logits, mean over batch and outputs."""

import numpy as np

from ...numerics.arrays import Array

ALSO = ("bce", "bce_with_logits", "binary_cross_entropy_with_logits", "sigmoid", "logistic")
READ = "Its gradient at the output is the probability less the target, never larger than 1 a sample."
SOURCE = "Goodfellow, Bengio & Courville 2016, Deep Learning, section 6.2; torch.nn.BCEWithLogitsLoss"
READOUT = True
TARGET = "probability"
LARGEST_LOGIT = 50.0  # in size, of a constant output; its loss is 0 in float64


def value_and_gradient(output: Array, target: Array) -> tuple[float, Array]:
    """The mean of -t log p - (1 - t) log(1 - p), p the sigmoid of the logits, and its gradient; (batch, outputs)."""
    with np.errstate(all="ignore"):
        wide, small = output.astype(np.float64), np.exp(-np.abs(output))
        losses = (1 - target) * wide - (np.minimum(wide, 0) - np.log1p(np.exp(-np.abs(wide))))
        grad = np.where(output < 0, small, 1) / (1 + small) - target
        return float(losses.mean()), grad / output.size


def constant_output(target: Array) -> Array:
    """The constant output (outputs,) with the least loss: the logit of the mean of targets (rows, outputs)."""
    mean = target.mean(axis=0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(np.log(mean) - np.log1p(-mean), -LARGEST_LOGIT, LARGEST_LOGIT))


def constant_loss(target: Array) -> float:
    """The loss of the best constant output: the mean entropy of the mean over samples of the target (samples, ...)."""
    shares = np.stack([(mean := target.mean(axis=0)), 1 - mean])
    logs = np.log(shares, where=shares > 0, out=np.zeros_like(shares))
    return float(-(shares * logs).sum(axis=0).mean())


def accuracy(output: Array, target: Array) -> float:
    """The share of outputs on the right side of 0; nan if a target is neither 0 nor 1."""
    binary = np.isin(target, (0, 1)).all()
    return float(np.mean((output > 0) == (target > 0.5))) if binary else float("nan")
