"""Marks and how text is fitted: plain ones where the terminal's encoding has no others."""

import locale
import os
import sys
import textwrap
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Glyphs:
    """The characters that the interface draws with, beside those of the charts."""

    times: str
    left: str
    right: str
    arrows: str
    bar: str
    dash: str
    ellipsis: str
    dot: str
    point: str
    outcomes: dict[str, str]
    kinds: dict[str, str]


RICH = Glyphs("×", "←", "→", "←→", "│", "–", "…", "·", "▸", {"learns": "✓", "falls": "○", "stays": "=", "breaks": "✖"},
              {"healthy": "●", "borderline": "◐", "vanishing": "▼", "exploding": "▲", "nonfinite": "✖", "dead": "■",
               "learning": "●", "stalled": "▼", "diverging": "▲", "undecided": "○"})  # fmt: skip
PLAIN = Glyphs("x", "<-", "->", "<->", "|", "-", "...", "-", ">",
               {"learns": "*", "falls": "?", "stays": "=", "breaks": "x"},
               {"healthy": "+", "borderline": "~", "vanishing": "v", "exploding": "^", "nonfinite": "x", "dead": "o",
                "learning": "+", "stalled": "v", "diverging": "^", "undecided": "?"})  # fmt: skip


def has_braille(encoding: str | None = None) -> bool:
    """Whether the terminal can be expected to show braille dots: its encoding has them, its font may."""
    encoding = encoding or getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False)
    try:
        "⣿▲│█".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return os.environ.get("TERM") != "linux"


@cache
def glyphs() -> Glyphs:
    """The marks that the terminal can show."""
    return RICH if has_braille() else PLAIN


def fit(text: str, width: int) -> str:
    """A text on one line of at most `width` characters, cut between words and marked where it is cut."""
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    mark = glyphs().ellipsis
    room = max(width - len(mark) - 1, 0)
    head = text[: room + 1]
    cut = head.rsplit(" ", 1)[0] if " " in head else head[:room]
    return f"{cut.rstrip(' ,;:')} {mark}"[: max(width, 0)]


def wrap(text: str, width: int, most: int, indent: int = 0) -> list[str]:
    """A text in at most `most` lines, the first shorter by `indent`; what does not fit is cut between words."""
    words, first = " ".join(text.split()), "\0" * indent
    lines = textwrap.wrap(words, max(width, 10), initial_indent=first, break_on_hyphens=False) or [""]
    lines = [line.lstrip("\0") for line in lines]
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], fit(" ".join(lines[most - 1 :]), width - (indent if most == 1 else 0))]
