"""Parts of a screen: plain objects whose methods are the actions of keys."""

from typing import Any, Protocol

from textual.screen import Screen


class Part(Protocol):
    """Actions of a screen, by the names that keys know them by."""

    @property
    def ACTIONS(self) -> tuple[str, ...]:  # noqa: N802  a constant of each part
        """Names of methods."""


def offer(screen: Screen[Any], *parts: Part) -> None:
    """Let keys of a screen reach the actions of parts."""
    for part in parts:
        for name in part.ACTIONS:
            setattr(screen, f"action_{name}", getattr(part, name))
