"""The keys of the map, each with its words for help and its place in the key line."""

from textual.binding import Binding

from ...state.map_view import MapView
from ...terminal.glyphs import glyphs
from ...widgets.footer import Hint

KEYS: tuple[tuple[str, str, str, str], ...] = (  # keys, action, words, as it is shown
    ("right", "move(1,0)", "the next value across", "right"),
    ("left", "move(-1,0)", "the value before", "left"),
    ("up", "move(0,1)", "the next value up", "up"),
    ("down", "move(0,-1)", "the value below", "down"),
    ("shift+right,ctrl+right", "leap(1,0)", "a quarter of the map to the right", "Ctrl+right"),
    ("shift+left,ctrl+left", "leap(-1,0)", "a quarter to the left", "Ctrl+left"),
    ("shift+up,ctrl+up,pageup", "leap(0,1)", "a quarter up", "Page Up"),
    ("shift+down,ctrl+down,pagedown", "leap(0,-1)", "a quarter down", "Page Down"),
    ("home", "edge(-1)", "the first value across", "Home"),
    ("end", "edge(1)", "the last value across", "End"),
    ("enter", "adopt", "adopt the point as the scenario; Escape goes back to the map", "Enter"),
    ("plus,equals_sign", "zoom(1)", "zoom in: half of both axes around the cursor, with as many points", "+"),
    ("minus", "zoom(-1)", "zoom out: back to what it was, or twice as far", "-"),
    ("c", "shape", "a row of the map as a chart, a column, and the map again", "c"),
    ("e", "edit", "choose keys, values, what is shown, seeds and updates", "e"),
    ("E", "export", "write the map as a picture or text, or its points as numbers", "E"),
    ("question_mark,f1", "help", "this help", "?"),
    ("G", "glossary", "what any word of the screen means", "G"),
    ("escape,m,q", "back", "leave the form, or the map; m comes back to it", "Escape"),
)


def bindings() -> list[Binding]:
    """All keys as Textual wants them."""
    return [Binding(key, action, words, show=False, id=f"map.{action.split('(')[0]}.{key}")
            for keys, action, words, _ in KEYS for key in keys.split(",")]  # fmt: skip


def help_group() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Keys and what they do, for the help screen."""
    return "the map", tuple((shown, words) for _, _, words, shown in KEYS)


def hints(view: MapView | None, editing: bool) -> tuple[Hint, ...]:
    """The key line of the moment, the most important keys first; help and the way out are last."""
    mark = glyphs()
    if editing:
        return (("up/down", "field", "nothing"), (mark.right, "complete", "nothing"),
                ("Enter", "show the map", "nothing"), ("Escape", "leave", "back"))  # fmt: skip
    flat = view is None or view.sweep.y is None
    after = {"map": "row", "row": "column", "column": "map"}[view.shape if view else "map"]
    shape = () if flat else (("c", after, "shape"),)
    return (
        (mark.arrows if flat else "arrows", "point", "move(1,0)"), ("Enter", "adopt", "adopt"),
        ("+-", "zoom", "zoom(1)"), *shape,
        ("e", "keys and values", "edit"), ("G", "words", "glossary"), ("E", "export", "export"),
        ("?", "help", "help"), ("q", "leave", "back"),
    )  # fmt: skip
