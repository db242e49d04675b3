"""The history of a training run: numbers of each update, and of each update and layer."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import choose
from ..numerics.arrays import Floats
from ..results.nonfinite import Nonfinite
from ..results.trace import Trace
from ..scenario.quantities import BY_LAYER, NUMBERS
from ..text import format_number


def update_ratio(layers: Mapping[str, Floats]) -> Floats:
    """||change of a layer's parameters|| / ||its parameters before the update||, shaped as the columns; nan of 0 / 0.

    Of all learned parameters: weights, biases, norms' weights and biases, ReZero's scale.
    """
    with np.errstate(all="ignore"):
        ratio: Floats = layers["update_norm"] / layers["parameter_norm"]
        return ratio


@dataclass(frozen=True, repr=False)
class Update:
    """One update: the trace of the pass before it, and what clipping and the optimizer made of the gradient.

    `numbers` has the NUMBERS: norms of the gradient of all parameters before and after clipping and the cosine
    between the two; `clipped` and `skipped` are 0 or 1; the `bad_` are shares of non-finite numbers after the forward
    pass, the backward pass, clipping and the update, and 0 or 1 of the norm that clipping computed and of the
    optimizer's memory; `lost_updates` is the share of the parameters' updates, of those that were not 0, that
    rounding lost. `layers` has (depth,) arrays by the names BY_LAYER.
    """

    iteration: int
    trace: Trace
    numbers: Mapping[str, float]
    layers: Mapping[str, Floats]
    first_nonfinite: Nonfinite | None = None

    def __repr__(self) -> str:
        return f"<Update {self.iteration}: loss {format_number(self.trace.loss)}, {self.trace.verdict.kind}>"

    @property
    def clipped(self) -> bool:
        """Whether clipping changed the gradient."""
        return bool(self.numbers["clipped"])

    @property
    def update_ratio(self) -> Floats:
        """||update|| / ||parameters|| by layer (depth,); healthy near 1e-3."""
        return update_ratio(self.layers)


class History:
    """Columns that grow by one entry an update: `numbers[name]` (updates,), `layers[name]` (updates, depth)."""

    def __init__(self, depth: int):
        self.depth, self.updates = depth, 0
        self._columns: dict[str, Floats] = {name: np.empty(64) for name in NUMBERS}
        self._tables: dict[str, Floats] = {name: np.empty((64, depth)) for name in BY_LAYER}

    def __len__(self) -> int:
        return self.updates

    @property
    def numbers(self) -> dict[str, Floats]:
        """Views of all columns of one number an update."""
        return {name: column[: self.updates] for name, column in self._columns.items()}

    @property
    def layers(self) -> dict[str, Floats]:
        """Views of all columns of one number an update and layer."""
        return {name: table[: self.updates] for name, table in self._tables.items()}

    @property
    def update_ratio(self) -> Floats:
        """||update|| / ||parameters|| (updates, depth)."""
        return update_ratio(self.layers)

    def __getitem__(self, column: str) -> Floats:
        """A column by its name, (updates,) or (updates, depth); raises UserError with the nearest name."""
        columns = self.numbers | self.layers | {"update_ratio": self.update_ratio}
        return choose("column", column, columns)

    def __repr__(self) -> str:
        return f"<History of {self.updates} updates of {self.depth} layers>"

    def append(self, update: Update) -> None:
        """Append an update, which must be the next one."""
        for values_by_name, store in ((update.numbers, self._columns), (update.layers, self._tables)):
            for name, value in values_by_name.items():
                if self.updates == len(store[name]):
                    store[name] = np.concatenate([store[name], np.empty_like(store[name])])
                store[name][self.updates] = value
        self.updates += 1

    def restore(self, numbers: Mapping[str, Floats], layers: Mapping[str, Floats]) -> None:
        """Replace all columns by those of a saved run, (updates,) and (updates, depth), with at least one update."""
        self._columns = {name: np.array(numbers[name], np.float64) for name in NUMBERS}
        self._tables = {name: np.array(layers[name], np.float64) for name in BY_LAYER}
        self.updates = len(self._columns["loss"])
