"""Work beside the interface, in a thread that stops when asked."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Stopped = Callable[[], bool]
NAME = "gradsim-background"  # of every such thread


async def in_thread(job: Callable[[Stopped], T]) -> T:
    """Await a job in a daemon thread, which can't keep the process alive; cancelling tells it to stop."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    stop = threading.Event()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = job(stop.is_set)
        except BaseException as caught:  # whatever it is, it belongs to who awaits
            error = caught
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # the loop has ended and nobody waits

    threading.Thread(target=work, daemon=True, name=NAME).start()
    try:
        return await future
    finally:
        stop.set()
