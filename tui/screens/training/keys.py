"""The keys of the training screen; those of fixes, scenario and lesson are the other screen's too."""

from textual.binding import Binding

from ...state.session import Session
from ...terminal.glyphs import glyphs
from ...widgets.footer import Hint
from ..single_pass import keys

KEYS: tuple[tuple[str, str, str, str], ...] = (  # keys, action, words, as it is shown
    ("space", "play", "play or pause: make update after update", "space"),
    ("right", "step(1)", "one update on; it is made if it is not there yet", "right"),
    ("left", "step(-1)", "back one update", "left"),
    ("shift+right,ctrl+right,pagedown", "step(10)", "ten updates on", "Page Down"),
    ("shift+left,ctrl+left,pageup", "step(-10)", "ten updates back", "Page Up"),
    ("home", "start", "update 0", "Home"),
    ("end", "newest", "the newest update", "End"),
    ("g", "jump", "go to an update by its number", "g"),
    ("x", "broken", "go to the first inf or NaN, and tell what followed", "x"),
    ("p", "look", "the pass of this update on the other screen: layers, time steps, the walk, the factors", "p"),
    ("i", "inside", "what is inside the cursor's layer at this update: its operations and parameters", "i"),
    ("v", "quantity(1)", "the next quantity on the chart", "v"),
    ("V", "quantity(-1)", "the previous quantity on the chart", "V"),
    ("c", "view", "a quantity by layer: over all updates as a heatmap, or at the cursor's update", "c"),
    ("b", "front", "the other run on the heatmap, where there is room for one", "b"),
    ("z", "zoom(1)", "zoom in: half of the updates, around the cursor", "z"),
    ("Z", "zoom(-1)", "zoom out", "Z"),
    ("l", "flip", "a linear axis for a logarithmic one, or the other way round", "l"),
    ("B", "shared", "one scale for both runs on heatmaps, or each its own", "B"),
    ("right_square_bracket", "cross(1)", "the layer's cursor on", "]"),
    ("left_square_bracket", "cross(-1)", "the layer's cursor back", "["),
    ("w", "why", "both verdicts in full, what broke, and which fixes apply", "w"),
    ("S", "save_run", "save the run with all its updates as a file", "S"),
    ("t", "training", "back to the first pass", "t"),
)  # fmt: skip
SHARED = (
    "digit", "clear", "page", "choose(1)", "choose(-1)", "toggle_chosen", "cures", "adopt", "map", "edit", "depth(1)",
    "depth(-1)", "seed", "open", "compare", "save", "lesson(1)", "lesson(-1)", "export", "app.present",
    "app.next_theme", "help", "glossary", "back", "app.quit",
)  # fmt: skip
LEAVE = "close the panel of what broke, leave the lesson or a comparison, or go back to the first pass"


def all_keys() -> tuple[tuple[str, str, str, str], ...]:
    """Its own keys and those of both screens."""
    taken = ",".join(names for names, *_ in KEYS).split(",")
    shared = [(",".join(key for key in names.split(",") if key not in taken), action, words, shown)
              for names, action, words, shown in keys.KEYS if action in SHARED]  # fmt: skip
    return (*KEYS, *((names, action, LEAVE if action == "back" else words, shown)
                     for names, action, words, shown in shared))  # fmt: skip


def bindings() -> list[Binding]:
    """All keys as Textual wants them."""
    return keys.bindings(all_keys(), "training")


def help_groups() -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Keys and what they do, for the help screen."""
    updates = tuple((shown, words) for _, _, words, shown in KEYS)
    rest = tuple((shown, words) for _, _, words, shown in all_keys()[len(KEYS) :])
    return [("updates", updates), ("fixes, scenario and the rest", (*rest, keys.PALETTE))]


def hints(now: Session, editing: bool, broken: bool) -> tuple[Hint, ...]:
    """The key line of the moment, the most important keys first; help and the way out are last."""
    if editing:
        return keys.hints(now, editing)
    learn = (("n", "go on", "lesson(1)"), ("N", "back", "lesson(-1)")) if now.step is not None else ()
    lesson = (("n", "lesson", "lesson(1)"),) if now.lesson and now.step is None else ()
    first_nonfinite = (("x", "first NaN", "broken"),) if broken else ()
    return (
        *learn, ("space", "pause" if now.playback.playing else "play", "play"),
        (glyphs().arrows, "update", "step(1)"), *first_nonfinite, ("v", "quantity", "quantity(1)"),
        ("t", "back", "training"), ("p", "its pass", "look"), *lesson, ("w", "why", "why"), ("i", "inside", "inside"),
        ("g", "go to", "jump"), ("A", "advice", "cures"), ("m", "map", "map"), ("e", "edit", "edit"),
        ("o", "open", "open"), ("c", "chart", "view"), ("S", "save run", "save_run"),
        ("G", "words", "glossary"), ("E", "export", "export"), ("P", "present", "app.present"),
        ("Ctrl+P", "commands", "app.command_palette"),
        ("?", "help", "help"), ("q", "quit", "app.quit"),
    )  # fmt: skip
