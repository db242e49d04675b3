"""Random keys, clicks and sizes: every key of both screens, of windows and fields, and some of none."""

import random
from collections.abc import Iterator

from textual import events
from textual.app import App
from textual.geometry import Size

from gradsim.tui.screens.single_pass import keys
from gradsim.tui.screens.training import keys as training_keys

LEAVES = {"q", "ctrl+q", "ctrl+c"}
BOUND = sorted({key for table in (keys.KEYS, training_keys.KEYS) for names, *_ in table for key in names.split(",")}
               - LEAVES - {"T"})  # fmt: skip
WINDOWS = ["ctrl+p", "escape", "enter", "pagedown", "pageup", "up", "down", "home", "end", "tab", "shift+tab",
           "backspace", "delete", "ctrl+home", "ctrl+end", "shift+end", "ctrl+a", "f5", "ctrl+k"]  # fmt: skip
WORDS = ["relu", "lstm", "gru", "rnn", "0", "3", "1e-3", "-1", "nan", "he_init", "x.toml", "fix", "theme", "digits",
         "float16", "\u20ac", "[/b]", "adam"]  # fmt: skip
SIZES = [(80, 24), (120, 40), (200, 50), (60, 18), (59, 17), (20, 5), (111, 34)]


def act(app: App[int], chance: random.Random) -> None:
    """One thing that hands do; keys may come together, as over a slow line."""
    what = chance.random()
    if what < 0.02:
        size = Size(*chance.choice(SIZES))
        app.post_message(events.Resize(size, size))
    elif what < 0.1:
        _click(app, chance)
    elif what < 0.16:
        for character in chance.choice(WORDS):
            _key(app, character)
    elif what < 0.4:
        _key(app, chance.choice(WINDOWS))
    elif what < 0.405:
        _key(app, "T")
    else:
        _key(app, chance.choice(BOUND))


def _key(app: App[int], key: str) -> None:
    app.post_message(events.Key(key, key if len(key) == 1 else None))


def _click(app: App[int], chance: random.Random) -> None:
    x, y = chance.randrange(max(app.size.width, 1)), chance.randrange(max(app.size.height, 1))
    for kind in chance.choice(([events.MouseDown, events.MouseUp] * chance.choice((1, 1, 2)), [events.MouseMove],
                               [events.MouseScrollDown], [events.MouseScrollUp])):  # fmt: skip
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))


BYTES = {"right": "\x1b[C", "left": "\x1b[D", "up": "\x1b[A", "down": "\x1b[B", "home": "\x1b[H", "end": "\x1b[F",
         "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "enter": "\r", "escape": "\x1b", "tab": "\t", "ctrl+p": "\x10",
         "backspace": "\x7f", "delete": "\x1b[3~", "space": " "}  # fmt: skip


def typed(chance: random.Random) -> Iterator[bytes]:
    """What a terminal sends of random keys and clicks, without end; a lone Escape comes by itself."""
    single = [key for key in BOUND if len(key) == 1]
    while True:
        what = chance.random()
        if what < 0.08:
            x, y = chance.randrange(1, 81), chance.randrange(1, 25)
            yield f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m".encode() * chance.choice((1, 1, 2))
        elif what < 0.14:
            yield chance.choice(WORDS).encode()
        else:
            yield (BYTES[chance.choice(list(BYTES))] if what < 0.5 else chance.choice(single)).encode()
