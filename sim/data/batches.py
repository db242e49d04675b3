"""Samples of a scenario's task or file, and the batches that updates draw from them."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..numerics.random_streams import stream
from ..scenario.scenario import Scenario
from .samples import Samples


def load_samples(scenario: Scenario, iteration: int = 0) -> Samples:
    """All samples of a scenario's task or file; raises UserError for a file that can't be used.

    A task that generates samples generates others at another update.
    """
    if scenario.data.file is None:
        samples = _task_samples(scenario, iteration)
    else:
        from .user_file import scenario_file

        samples = scenario_file(scenario)
    if scenario.loss.target == "probability" and samples.target_kind == "class":  # two classes, as the numbers 0 and 1
        return replace(samples, target=samples.target[..., None].astype(np.float64), outputs=1)
    return samples


def _task_samples(scenario: Scenario, iteration: int) -> Samples:
    task, wanted = scenario.task, scenario.loss.target
    facts = task.entry.metadata
    target = wanted if wanted in facts["TARGETS"] else facts["TARGETS"][0]
    parameters = task.parameters | ({"steps": scenario.steps} if "STEPS" in facts else {})
    rng = stream(scenario.seed, "data", iteration)
    samples = task.load().load(rng, scenario.data.batch, scenario.features, target, **parameters)
    assert isinstance(samples, Samples)
    return samples.as_images(*scenario.image) if scenario.reads_image else samples


def batch_of(scenario: Scenario, samples: Samples, iteration: int = 0) -> Samples:
    """The batch of an update (from 0): fresh samples of a task that makes them, the whole set if that is the batch.

    Otherwise a part of an epoch, drawn without replacement; a remainder smaller than a batch is left out.
    """
    if scenario.data.file is None and scenario.task.entry.metadata.get("FRESH"):
        return load_samples(scenario, iteration) if iteration else samples
    batch, size = scenario.data.batch, len(samples.input)
    if batch == size:
        return samples
    epoch, index = divmod(iteration, size // batch)
    chosen = _shuffled(scenario.seed, epoch, size)[index * batch : (index + 1) * batch]
    return replace(samples, input=samples.input[chosen], target=samples.target[chosen])


@lru_cache(maxsize=2)
def _shuffled(seed: int, epoch: int, size: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch (from 0)."""
    return stream(seed, "epoch", epoch).permutation(size)
