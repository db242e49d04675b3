"""Fixes in words: one, several, or as many as there is room for."""

from collections.abc import Iterable

from ...sim.scenario.fix_menu import counted, fixes


def label(name: str) -> str:
    """The words for a fix."""
    return next((fix.label for fix in fixes() if fix.name == name), name)


def labels(names: Iterable[str]) -> str:
    """The words for several fixes: "ReLU + He init", "learning rate/10 x2"."""
    return " + ".join(f"{label(name)}{f' x{times}' if times > 1 else ''}" for name, times in counted(names).items())


def fixes_label(names: tuple[str, ...], room: int = 24) -> str:
    """What is on in a few words: "ReLU + He init", or how many they are."""
    text, count = labels(names), len(counted(names))
    return text if len(text) <= room or count == 1 else f"{count} fixes"
