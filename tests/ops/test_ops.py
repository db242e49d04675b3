"""Every operation of every kind's graphs: its derivatives against central differences, in float64.

A new kind, and with it a new operation, is picked up by itself.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.engine.applied_op import AppliedOp
from gradsim.sim.errors import ScenarioError
from gradsim.sim.network.graph import LayerGraph
from gradsim.sim.network.layers import entry_graph, exit_graph, layer_graphs
from gradsim.sim.numerics.image import Image
from gradsim.sim.numerics.kernel import compile_pending
from gradsim.sim.numerics.number_format import number_format
from gradsim.sim.ops.base import Op
from gradsim.sim.scenario.kind_keys import declared_keys
from gradsim.sim.scenario.scenario import Scenario, parse_scenario

WIDTH, SAMPLES, BATCH, STEP = 4, 2, 3, 1e-6
DEPTH, IMAGE = 4, [2, 4]  # blocks until one has a pool


def variants(kind: str) -> Iterator[dict[str, Any]]:
    """Each norm with each skip, and each choice of the kind's own keys."""
    for norm, skip in itertools.product(registry.names("norms"), registry.names("skips")):
        yield {"norm": norm, "skip": skip}
    for name, key in declared_keys(kind).items():
        for value in registry.names(key.menu) if key.menu else key.values or (False, True, WIDTH // 2):
            yield {"norm": "layer", name: value}


def graphs(kind: str) -> list[LayerGraph]:
    """The graphs of a kind with each variant: its layers, and those before and after the layers."""
    all_graphs = []
    for variant in variants(kind):
        network = {"kind": kind, "depth": DEPTH, "width": WIDTH, **variant}
        try:
            chosen = scenario_of(network, {"batch": SAMPLES, "inputs": WIDTH + 1})
        except ScenarioError:
            continue
        features = Image(WIDTH, *IMAGE) if chosen.reads_image else WIDTH
        layers = [graph for graph, _ in layer_graphs(chosen, features)]
        all_graphs += [*layers, entry_graph(chosen, WIDTH + 1), exit_graph(chosen, layers[-1].width)]
    return [graph for graph in all_graphs if graph is not None]


def entry_graphs(name: str) -> list[LayerGraph]:
    """The graphs of an entry of a chain that is a single operation, or a block."""
    holds = registry.entry("operations", name).metadata.get("HOLDS")
    entry = {"skip": "scaled", "block": [{"kind": "dense"}]} if holds else {"kind": name}
    of_both = registry.entry("operations", name).metadata.get("OF_BOTH")
    before = [{"kind": "rnn", "width": WIDTH // 2, "direction": "both"}] if of_both else []
    chosen = scenario_of({"layers": [*before, entry]}, {"batch": BATCH, "inputs": WIDTH})
    return [graph for graph, _ in layer_graphs(chosen, chosen.features)][len(before) :]


def scenario_of(network: dict[str, Any], data: dict[str, Any]) -> Scenario:
    """A scenario, with images as small as can be halved if the network reads images."""
    tables = {"network": network, "data": data, "loss": {"name": "mse"}}
    plain = parse_scenario(tables)
    return parse_scenario(tables | {"data": data | {"image": IMAGE}}) if plain.reads_image else plain


def operations() -> dict[str, tuple[Op, tuple[int, ...]]]:
    """Operations, each once, with the widths of their inputs, by all that tells them apart."""
    by_name: dict[str, tuple[Op, tuple[int, ...]]] = {}
    every = {kind: graphs(kind) for kind in registry.names("layers")}
    alone = [
        name for name in registry.names("operations") if "HOLDS" not in registry.entry("operations", name).metadata
    ]
    every |= {name: entry_graphs(name) for name in alone}  # a block has the operations of its layers
    for kind, of_kind in every.items():
        for graph in of_kind:
            for names, op in graph:
                choice = getattr(getattr(op, "function", None), "__name__", "").rpartition(".")[2]
                learned = " learned" * any(parameter.learned for parameter in op.parameters)
                word = " ".join(filter(None, (type(op).__name__, choice, "+".join(op.inputs), "to", "+".join(names))))
                facts = "".join(f" {name}={value}" for name, value in vars(op).items() if type(value) in (int, bool))
                key = f"{kind}: {word}{learned}{facts}"
                by_name.setdefault(key, (op, tuple(graph.widths[name] for name in op.inputs)))
    return by_name


OPERATIONS = operations()


@dataclass
class Case:
    """An operation at a point, and random weights for a scalar function of its outputs."""

    applied: AppliedOp
    weights: tuple[Any, ...]

    def value(self) -> float:
        outputs = self.applied.forward(lambda array: array)
        return float(sum((weight * out).sum() for weight, out in zip(self.weights, outputs, strict=True)))


@pytest.fixture(params=sorted(OPERATIONS))
def case(request: pytest.FixtureRequest) -> Case:
    compile_pending(number_format("float64").dtype)
    op, widths = OPERATIONS[request.param]
    random = np.random.default_rng(5)
    params = tuple(random.normal(size=parameter.shape) for parameter in op.parameters)
    rows = SAMPLES * BATCH if op.over_steps else BATCH
    inputs = tuple(random.normal(size=(rows, width)) for width in widths)
    outputs = tuple(np.empty((rows, width)) for width in op.widths(*widths))
    shapes = op.saved(rows, outputs[0].shape[1])
    applied = AppliedOp(op, params, inputs, outputs, tuple(np.empty(shape) for shape in shapes.values()))
    if op.random:
        op.draw(random, applied.saved[0])
    return Case(applied, tuple(random.normal(size=out.shape) for out in outputs))


def differences(case: Case, array: Any) -> Any:
    """d(value)/d(array), number by number."""
    slopes = np.empty_like(array)
    for index in np.ndindex(*array.shape):
        number, values = array[index], []
        for sign in (1, -1):
            array[index] = number + sign * STEP
            values.append(case.value())
        array[index] = number
        slopes[index] = (values[0] - values[1]) / (2 * STEP)
    case.value()
    return slopes


def test_the_gradients_of_its_inputs_are_those_of_differences(case: Case) -> None:
    case.value()
    grads = tuple(weight.copy() for weight in case.weights)
    into = case.applied.prepared().backward(grads)
    for k, array in enumerate(case.applied.inputs):
        np.testing.assert_allclose(into[k], differences(case, array), rtol=1e-6, atol=1e-7, err_msg=str(k))


def test_the_gradients_of_its_parameters_are_those_of_differences(case: Case) -> None:
    case.value()
    grads = tuple(weight.copy() for weight in case.weights)
    gradients = case.applied.prepared().parameter_gradients(grads)
    for parameter, grad, array in zip(case.applied.op.parameters, gradients, case.applied.params, strict=True):
        expected = differences(case, array)
        if parameter.learned:
            np.testing.assert_allclose(grad[0], expected, rtol=1e-6, atol=1e-7, err_msg=parameter.name)


def test_it_reads_on_the_way_back_only_what_it_says(case: Case) -> None:
    case.value()
    grads = tuple(weight.copy() for weight in case.weights)
    expected, op = case.applied.prepared().backward(grads), case.applied.op
    gone = np.full((len(case.applied.inputs[0]), 1), np.nan)
    inputs = tuple(
        array if k in op.needs else np.broadcast_to(gone, array.shape) for k, array in enumerate(case.applied.inputs)
    )
    outputs = case.applied.outputs if op.needs_output else tuple(gone + 0 * out for out in case.applied.outputs)
    blind = replace(case.applied, inputs=inputs, outputs=outputs).prepared()
    for one, other in zip(expected, blind.backward(grads), strict=True):
        np.testing.assert_array_equal(one, other)
    if any(parameter.learned for parameter in op.parameters):
        pairs = zip(op.parameters, case.applied.prepared().parameter_gradients(grads),
                    blind.parameter_gradients(grads), strict=True)  # fmt: skip
        for parameter, one, other in pairs:
            if parameter.learned:
                np.testing.assert_array_equal(one, other, err_msg=parameter.name)


def test_operands_make_the_exact_value(case: Case) -> None:
    """The exact value that a message tells is that of the pass, which is in float64 already."""
    case.value()
    for k, out in enumerate(case.applied.outputs):
        operands = case.applied.forward_operands(k)((0, 1, 2))
        assert operands.exact == pytest.approx(out[1, 2])
        assert operands.terms
    grads, applied = tuple(weight.copy() for weight in case.weights), case.applied.prepared()
    for k, path in enumerate(applied.backward(grads)):
        if k not in applied.op.gradient_out:
            operands = applied.backward_operands(grads, k)((0, 1, 2))
            assert operands.exact == pytest.approx(path[1, 2])
            assert operands.terms
