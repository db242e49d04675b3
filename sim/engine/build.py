"""A network: layers with their parameters, what follows them, and the batch that goes in."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from .. import registry
from ..data.batches import batch_of, load_samples
from ..data.samples import Samples
from ..network.block import Block
from ..network.layer import Layer
from ..network.memory import refuse_if_too_large
from ..network.readout import Head
from ..network.stored_weights import check_weights, stored_weights
from ..numerics.arrays import Array
from ..numerics.blas import one_blas_thread
from ..numerics.image import Image
from ..numerics.kernel import Report, compile_pending
from ..numerics.number_format import number_format
from ..results.factors import LayerInfo
from ..scenario.choice import Choice
from ..scenario.entries import equal_layers
from ..scenario.kind_keys import menu_of
from ..scenario.scenario import Scenario
from .ends import Ends
from .plan import DEFAULT, Limits, plan, plan_ends

PassObserver = Callable[[str, int, Layer], None]


@dataclass
class Network:
    """Layers with their parameters, what follows them, and the batch that goes in."""

    scenario: Scenario
    blocks: list[Block]
    layers: list[Layer]  # of all blocks, to look at
    head: Head
    input: Array
    unrounded: Array | None = None  # the input as it was before it was rounded, if that was too much for the format
    file: Samples | None = None  # all samples of the user's file, if the batch is of one
    ends: Ends = field(default_factory=Ends)  # what comes before the layers and after them

    @cached_property
    def described(self) -> tuple[LayerInfo, ...]:
        """What the layers are, as a trace tells it."""
        of_graph, rows = dict[int, LayerInfo](), self._rows()
        for layer in self.layers:
            if id(graph := layer.graph) not in of_graph:
                count = sum(math.prod(one.shape) for one in graph.parameters if one.learned)
                of_graph[id(graph)] = LayerInfo(
                    layer.number, "", "", graph.fan_in, graph.width, count, graph.chain, graph.chain_over_time,
                    skip=graph.skips, largest_slope=graph.largest_slope,
                )  # fmt: skip
        return tuple(
            replace(of_graph[id(layer.graph)], number=layer.number, name=f"layers.{layer.number}", **own)
            for layer, own in zip(self.layers, rows, strict=True)
        )

    @cached_property
    def matrices(self) -> frozenset[str]:
        """What stands before the names of the statistics of weight matrices."""
        return frozenset(matrix for layer in self.layers for matrix in layer.matrices)

    @cached_property
    def alike(self) -> Scenario | None:
        """The scenario of one kind of layer that the network is, if all are equal."""
        return equal_layers(self.scenario)

    @cached_property
    def has_state(self) -> bool:
        """Whether all are equal, and one step hands a state to the next."""
        return self.alike is not None and self.alike.has_state

    @cached_property
    def reads_sequence(self) -> bool:
        """Whether the layers read samples of several time steps."""
        return self.scenario.reads_sequence

    def _rows(self) -> Iterator[dict[str, Any]]:
        """By layer its kind, and where they are named its name and the shape of its output."""
        table, steps = self.scenario.network, len(self.input)
        for layer, (_, entry, name) in zip(self.layers, table.rows(), strict=True):
            steps = 1 if layer.graph.reduces_steps else steps
            width = layer.graph.width
            shape = width.shape if isinstance(width, Image) else (steps, width) if steps > 1 else (width,)
            yield {"kind": entry.word} | ({"label": name, "shape": shape} if table.named else {})

    @property
    def loss_scale(self) -> float:
        """What the loss is multiplied by before the backward pass; the layers' gradients are scaled by it."""
        return self.head.loss_scale

    @loss_scale.setter
    def loss_scale(self, scale: float) -> None:
        self.head.loss_scale = scale


def chosen_modules(scenario: Scenario) -> set[str]:
    """The modules of all choices that the passes load."""
    choices = [choice for table in scenario.tables for _, choice in table if isinstance(choice, Choice)]
    choices += [scenario.readout_init, scenario.readout_bias, scenario.loss.name]
    names = {(menu_of(table.kind), table.kind) for table in scenario.tables}
    return {f"{registry.package(menu)}.{name}" for menu, name in names | {(c.menu, c.name) for c in choices}}


def compile_kernels(scenario: Scenario, report: Report | None = None) -> None:
    """All kernels that are imported, but those of choices that others have made."""
    chosen = chosen_modules(scenario)
    dtype = number_format(scenario.precision.format).dtype
    compile_pending(dtype, report, lambda name: name in chosen or not registry.is_choice(name))


@one_blas_thread()
def build(
    scenario: Scenario, report: Report | None = None, watch: PassObserver | None = None, limits: Limits = DEFAULT
) -> Network:
    """The network of a scenario with its initial parameters and first batch; compiles what is not compiled.

    Raises UserError if it does not fit into memory or its data file can't be used.
    """
    refuse_if_too_large(scenario)
    form = number_format(scenario.precision.format)
    if not form.native:
        compile_kernels(scenario, report)  # initial parameters are rounded too
    every = load_samples(scenario)
    samples, file = batch_of(scenario, every), every if scenario.data.file is not None else None
    del every  # of a task as large as the batch, and no longer needed once that is rounded
    if scenario.data.file is not None:
        refuse_if_too_large(scenario, len(_steps_first(samples.input)), samples.features)
    if scenario.network.weights is not None:
        check_weights(scenario, samples)
    with np.errstate(all="ignore"):
        blocks: list[Block] = []
        layers: list[Layer] = []
        features, inputs = samples.features, _steps_first(samples.input)
        for block, within in plan(scenario, features, len(inputs), form, limits):
            blocks.append(block)
            layers += within
            for layer in within:
                if watch is not None:
                    watch("build", layer.number, layer)
        ends = plan_ends(scenario, features, layers[-1].graph.width, form)
        head = Head(scenario, samples, form, (ends.exit or layers[-1]).graph.width)
        network = Network(scenario, blocks, layers, head, form.round_(inputs.astype(form.dtype, order="C")),
                          file=file, ends=ends)  # fmt: skip
        network.unrounded = None if np.isfinite(network.input).all() else inputs
        if scenario.network.weights is not None:
            _take_weights(network, samples)
    compile_kernels(scenario, report)
    scale = scenario.precision.loss_scale
    network.loss_scale = float(scale.load().start(**scale.parameters))
    return network


def _take_weights(network: Network, samples: Samples) -> None:
    """Put the parameters of the scenario's file in the place of those that were drawn."""
    owners: dict[str, tuple[Layer | Head, str]] = {
        f"layers.{layer.number}.{key}": (layer, key) for layer in network.layers for key in layer.parameters
    }
    owners |= {key: (end, key) for end in network.ends.both for key in end.parameters}
    owners |= {f"readout.{key}": (network.head, key) for key in network.head.parameters}
    for name, values in stored_weights(network.scenario, samples):
        owner, key = owners[name]
        stored, too_large = network.head.format.parameters({key: values})
        owner.parameters[key][...] = stored[key]
        owner.unrounded = {other: array for other, array in owner.unrounded.items() if other != key} | too_large


def set_batch(network: Network, batch: Samples) -> None:
    """Put in another batch."""
    form, inputs = network.head.format, _steps_first(batch.input)
    network.input = form.round_(inputs.astype(form.dtype, order="C"))
    network.unrounded = None if np.isfinite(network.input).all() else inputs
    network.head.set_targets(batch)


def _steps_first(samples: Array) -> Array:
    """Samples (batch, features) or (batch, steps, features) as (steps, batch, features), a view."""
    if samples.ndim == 2:
        return samples[None]
    return samples.transpose(1, 0, 2)
