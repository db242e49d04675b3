"""What tests of the interface wait for, and how they type."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.worker import WorkerCancelled


async def quiet(app: Any) -> None:
    """Until no worker is left; one that a newer one has replaced is left, too."""
    while True:
        try:
            await app.workers.wait_for_complete()
        except WorkerCancelled:
            await asyncio.sleep(0)
        else:
            return


async def settled(pilot: Pilot[int], rounds: int = 4) -> None:
    """Until nothing is simulated or built any more."""
    for _ in range(rounds):
        await quiet(pilot.app)
        await pilot.pause()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon; fails if it does not."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


def type_fast(app: Any, *keys: str) -> None:
    """Keys that arrive together, as on a slow line or from a quick hand."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
