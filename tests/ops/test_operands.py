"""The operands of any number in any array of a pass: their exact result is the number, in float64."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from gradsim.sim import registry
from gradsim.sim.engine.build import build
from gradsim.sim.errors import ScenarioError
from gradsim.sim.network.layer import Operation
from gradsim.sim.network.readout import Head, HeadGradient
from gradsim.sim.numerics.arrays import Array
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.simulation import trace

BATCH, WIDTH, STEPS = 3, 4, 3
SKIPS, NORMS, LOSSES = registry.names("skips"), registry.names("norms"), registry.names("losses")


def combinations() -> Iterator[dict[str, Any]]:
    """Every kind with each skip, norm and loss that fits, with the norm of recurrent kinds at each position."""
    for tables in all_combinations():
        try:
            parse_scenario(tables)
        except ScenarioError:
            continue
        yield tables


def all_combinations() -> Iterator[dict[str, Any]]:
    """The same, those included that a scenario refuses."""
    for kind in registry.names("layers"):
        recurrent = registry.entry("layers", kind).metadata.get("STATE")
        sequence = registry.entry("layers", kind).metadata.get("SEQUENCE")
        for i, (skip, norm) in enumerate((skip, norm) for skip in SKIPS for norm in NORMS):
            for where in ("cell", "output") if recurrent else ("",):
                if where == "cell" and registry.entry("norms", norm).metadata.get("MINIMUM_BATCH"):
                    continue
                network = {"kind": kind, "depth": 2, "width": WIDTH, "skip": skip, "norm": norm,
                           "bias": {"name": "normal", "std": 0.3}}  # fmt: skip
                more = {"network": network | ({"norm_at": where} if where else {})}
                more |= {"time": {"steps": STEPS}} if sequence else {}
                loss = {"name": LOSSES[i % len(LOSSES)]} | ({"at": ("last", "every")[i % 2]} if sequence else {})
                yield {"network": network, "loss": loss, "data": {"batch": BATCH}, "precision": {"format": "float64"},
                       } | more  # fmt: skip


def named(tables: dict[str, Any]) -> str:
    network = tables["network"]
    return "-".join(network[key] for key in ("kind", "skip", "norm", "norm_at") if key in network)


def learnable(tables: dict[str, Any]) -> bool:
    return bool(registry.entry("skips", tables["network"]["skip"]).metadata["LEARNABLE"])


class Checker:
    """Compares the operands with what is stored, at some indexes of every array that it is shown."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            if operation.operands is None:
                continue
            name, array = operation.name, np.asarray(operation.array)
            self.seen.add(name)
            largest = max(float(np.abs(array).max()), 1e-6)
            for position in {0, array.size // 3, array.size - 1}:
                index = tuple(int(i) for i in np.unravel_index(position, array.shape))
                terms, exact = operation.operands(index)
                assert terms
                assert exact == pytest.approx(float(array[index]), rel=1e-9, abs=1e-9 * largest), (name, index)

    def head(self, patch: pytest.MonkeyPatch) -> None:
        """Check readout and loss right after each of their passes, before the next one overwrites their arrays."""
        forward, backward = Head.forward, Head.backward

        def after_forward(head: Head, hidden: Array) -> float:
            loss = forward(head, hidden)
            self(head.operations("forward"))
            return loss

        def after_backward(head: Head) -> HeadGradient:
            grad = backward(head)
            self(head.operations("backward"))
            return grad

        patch.setattr(Head, "forward", after_forward)
        patch.setattr(Head, "backward", after_backward)

    def watch(self, phase: str, _number: int, layer: Any) -> None:
        """Check all operations of a layer."""
        if phase in ("forward", "backward"):
            self(layer.operations(phase))


@pytest.mark.parametrize("tables", list(combinations()), ids=named)
def test_operands_make_the_number_that_is_stored(tables: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    check = Checker()
    check.head(monkeypatch)
    network = build(parse_scenario(tables))
    network.loss_scale = 4.0
    for layer in network.layers:
        for name in {"scale", "scale1", "scale2"} & set(layer.parameters) if learnable(tables) else ():
            layer.parameters[name][:] = 0.7  # at 0 no gradient goes into the layer
    trace(network, check.watch)
    assert "loss" in check.seen
    assert tables["network"]["kind"] != "mlp" or {"matrix product", "parameter gradient"} <= check.seen
