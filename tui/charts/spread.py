"""A pass drawn anew with several seeds: what of a curve is luck."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...sim.numerics.arrays import Floats
from ...sim.results.trace import Verdict


@dataclass(frozen=True, eq=False)
class Spread:
    """By seed the verdict, and (layers, steps) values by quantity, as many as there is room for."""

    verdicts: tuple[Verdict, ...]
    profiles: tuple[Mapping[str, Floats], ...]
