"""The keys of the main screen: each with an id, its words for help, and its place in the key line."""

from textual.binding import Binding

from ...state.session import PassAxis, Session
from ...terminal.glyphs import glyphs

KEYS: tuple[tuple[str, str, str, str], ...] = (  # keys, action, words, as it is shown
    ("right", "move(1)", "next layer, or next time step or token where the chart is over these", "right"),
    ("left", "move(-1)", "previous layer or step", "left"),
    ("shift+right,ctrl+right,pagedown", "leap(1)", "a tenth of the chart on", "Page Down"),
    ("shift+left,ctrl+left,pageup", "leap(-1)", "a tenth of the chart back", "Page Up"),
    ("home", "first", "first layer or step", "Home"),
    ("end", "last", "last layer or step", "End"),
    ("right_square_bracket", "cross(1)", "the other cursor on: the layer where the chart is over steps", "]"),
    ("left_square_bracket", "cross(-1)", "the other cursor back", "["),
    ("right_curly_bracket", "leap_across(1)", "the other cursor a tenth on", "}"),
    ("left_curly_bracket", "leap_across(-1)", "the other cursor a tenth back", "{"),
    (
        "c",
        "view(1)",
        "the next chart: by time step or token, by layer, or both as a heatmap (networks that read sequences)",
        "c",
    ),
    ("C", "view(-1)", "the previous chart", "C"),
    ("z", "zoom(1)", "zoom in: half of the layers or steps, around the cursor", "z"),
    ("Z", "zoom(-1)", "zoom out", "Z"),
    ("l", "flip", "a linear axis for a logarithmic one, or the other way round", "l"),
    ("y", "absolute", "the gradient's own size, or relative to the last layer or step", "y"),
    ("B", "shared", "one scale for both runs on heatmaps, or each its own", "B"),
    ("b", "front", "the other run on the heatmap, where there is room for one", "b"),
    ("w", "why", "both verdicts in full: why, and where it began", "w"),
    ("i", "inside", "what is inside the cursor's layer: operation by operation, and its parameters", "i"),
    ("g", "jump", "go to a layer or a step by its number", "g"),
    (
        "space",
        "walk",
        "play or pause the walk (over time, if any): the signal forward, then the gradient back",
        "space",
    ),
    ("greater_than_sign", "speed(1)", "a faster walk", ">"),
    ("less_than_sign", "speed(-1)", "a slower walk", "<"),
    ("1,2,3,4,5,6,7,8,9", "digit", "switch the fix beside the digit on or off", "1-9"),
    ("0", "clear", "all fixes off", "0"),
    ("f", "page", "the next nine fixes", "f"),
    ("down", "choose(1)", "choose the next fix; the line at the foot tells what it does", "down"),
    ("up", "choose(-1)", "choose the previous fix", "up"),
    ("enter,x", "toggle_chosen", "switch the chosen fix on or off", "Enter"),
    ("A", "cures", "all fixes that were tried, pairs too, the best first, with reasons; Enter switches them on", "A"),
    ("a", "adopt", "adopt the fixes: what is 'with fixes' becomes 'as it is'", "a"),
    ("v", "quantity(1)", "the next quantity on the chart", "v"),
    ("V", "quantity(-1)", "the previous quantity on the chart", "V"),
    ("e", "edit", "edit the scenario", "e"),
    ("plus,equals_sign", "depth(1)", "more layers", "+"),
    ("minus", "depth(-1)", "fewer layers", "-"),
    ("m", "map", "a map: two keys of the scenario, swept while you look", "m"),
    ("R", "seeds", "20 seeds in the background: a band behind the line, the median of R, and the verdicts", "R"),
    ("r", "seed", "a new seed: other random numbers", "r"),
    ("o", "open", "open a preset or a file", "o"),
    ("O", "compare", "compare: another preset or file as the second line; digits then switch its fixes", "O"),
    ("s", "save", "save the scenario, as it is, as a file", "s"),
    ("n", "lesson(1)", "the next step of the lesson", "n"),
    ("N,backspace", "lesson(-1)", "the step before", "N"),
    ("t", "training", "train this network: loss, gradient norm and layers, update by update", "t"),
    ("comma", "update(-1)", "back in the walk; while the pass of an update is shown: the update before", ","),
    ("full_stop", "update(1)", "on in the walk, or the update after", "."),
    (
        "E",
        "export",
        "write what is seen: the screen as a picture or text, or the chart's numbers (.svg, .txt, .csv)",
        "E",
    ),
    ("P", "app.present", "for an audience: nothing but chart, verdict and lesson; once more: everything", "P"),
    ("T", "app.next_theme", "the next theme: dark, light, 16 colours", "T"),
    ("question_mark,f1", "help", "this help; once more: what the words of the screen mean", "?"),
    ("G", "glossary", "what any word of the screen means, in two sentences with the paper", "G"),
    ("escape", "back", "stop the walk, leave a panel, the lesson or a comparison", "Escape"),
    ("q", "app.quit", "quit (also Ctrl+Q and Ctrl+C)", "q"),
)

PALETTE = ("Ctrl+P", "the command palette: everything by name")
OTHER = "other keys"
GROUPS: dict[str, tuple[str, ...]] = {
    "look around": (
        "move",
        "leap",
        "first",
        "last",
        "cross",
        "leap_across",
        "jump",
        "view",
        "front",
        "walk",
        "speed",
        "zoom",
        "flip",
        "absolute",
        "shared",
        "quantity",
        "why",
        "inside",
    ),
    "training": ("training", "update"),
    "fixes": ("digit", "clear", "page", "choose", "toggle_chosen", "cures", "adopt"),
    "the scenario": ("edit", "depth", "seed", "seeds", "map", "open", "compare", "save", "lesson"),
    OTHER: (),
}


def bindings(table: tuple[tuple[str, str, str, str], ...] = KEYS, screen: str = "main") -> list[Binding]:
    """All keys as Textual wants them."""
    return [
        Binding(key, f"{action}({key})" if action == "digit" else action, words, show=False,
                id=f"{screen}.{action.split('(')[0].removeprefix('app.')}.{key}")
        for keys, action, words, _ in table for key in keys.split(",")
    ]  # fmt: skip


def help_groups() -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Keys and what they do by group, for the help screen."""
    groups: dict[str, list[tuple[str, str]]] = {heading: [] for heading in GROUPS}
    for _, action, words, shown in KEYS:
        heading = next((heading for heading, actions in GROUPS.items() if action.split("(")[0] in actions), OTHER)
        groups[heading].append((shown, words))
    groups[OTHER].append(PALETTE)
    return [(heading, tuple(keys)) for heading, keys in groups.items()]


def hints(now: Session, editing: bool) -> tuple[tuple[str, str, str], ...]:
    """The key line of the moment, the most important keys first; help and the way out are last."""
    mark = glyphs()
    if editing:
        return (("up/down", "field", "nothing"), (mark.arrows, "choice", "nothing"),
                ("Ctrl+P", "commands", "app.command_palette"),
                ("Enter", "apply", "nothing"), ("Escape", "leave", "back"))  # fmt: skip
    learn = (("n", "go on", "lesson(1)"), ("N", "back", "lesson(-1)"), ("Escape", "leave lesson", "back"))
    other: PassAxis = "layer" if now.across == "step" else "step"
    both = now.steps > 1 and (other == "step" or now.depth > 1)
    cross = (("[ ]", now.word(other), "cross(1)"),) if both else ()
    charts = (("c", "chart", "view(1)"),) if len(now.views) > 1 else ()
    lesson = (("n", "lesson", "lesson(1)"),) if now.lesson and now.step is None else ()
    train = (
        (("t", "train", "training"),)
        if now.inspected_update is None
        else ((", .", "update", "update(1)"), ("t", "back", "training"))
    )
    common = (
        ("space", "walk", "walk"), (mark.arrows, now.word(now.across), "move(1)"), *cross, *charts, *train, *lesson,
        ("e", "edit", "edit"), ("o", "open", "open"), ("m", "map", "map"), ("v", "quantity", "quantity(1)"),
        ("w", "why", "why"), ("i", "inside", "inside"), ("A", "advice", "cures"), ("s", "save", "save"),
        ("r", "new seed", "seed"), ("R", "20 seeds", "seeds"), ("O", "compare", "compare"), ("+-", "depth", "depth(1)"),
        ("G", "words", "glossary"), ("E", "export", "export"), ("P", "present", "app.present"),
        ("T", "theme", "app.next_theme"),
        ("Ctrl+P", "commands", "app.command_palette"),
        ("?", "help", "help"), ("q", "quit", "app.quit"),
    )  # fmt: skip
    return (*learn, *common) if now.step is not None else common
