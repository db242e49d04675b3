"""The process that has the points of a map made while it is looked at: of low priority, as all that it starts."""

import contextlib
import gc
import os
from typing import TYPE_CHECKING

from ....sim.numerics.threads import limit_threads
from .answer import Send, answer
from .cures import NICE

if TYPE_CHECKING:
    from ...workers.maps import Order


def main() -> None:
    """Send batches of points as they are made, theory's lines after the first, and in the end True or a reason."""
    limit_threads(1)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    answer(_work)


def _work(order: "Order", send: Send) -> None:
    from ....sim.errors import UserError
    from ....sim.numerics.allocator import keep_freed_memory
    from ...workers.maps import made

    gc.enable()
    keep_freed_memory()
    try:
        for part in made(order):
            send(part)
        send(True)
    except UserError as error:
        send(str(error))
    except MemoryError:
        send("there is not enough memory for this map")
