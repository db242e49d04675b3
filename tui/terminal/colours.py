"""Colours that mean something: of the two runs, of verdicts, and of a heatmap's levels from small to large.

Hues of runs are no hues of verdicts. Of a terminal's 16 colours only those are used that are legible on its background.
"""

RUNS = {  # by whether the theme has 16 colours and whether it is dark
    (False, True): {"baseline": "#d7b0ff", "fixed": "#5cc8ff"},
    (False, False): {"baseline": "#6a1b9a", "fixed": "#00568f"},
    (True, True): {"baseline": "ansi_bright_magenta", "fixed": "ansi_bright_cyan"},
    (True, False): {"baseline": "ansi_magenta", "fixed": "ansi_blue"},
}
VERDICTS = {  # neither green nor yellow of the 16 can be read on white: there mark and word tell
    (False, True): {"good": "#5fe08a", "caution": "#ffd75f", "bad": "#ff8080"},
    (False, False): {"good": "#00602a", "caution": "#6e4600", "bad": "#a8001c"},
    (True, True): {"good": "ansi_bright_green", "caution": "ansi_bright_yellow", "bad": "ansi_bright_red"},
    (True, False): {"good": "ansi_default", "caution": "ansi_default", "bad": "ansi_red"},
}
HEADING = {  # of panels and windows; a terminal's plain blue can't be read on black
    (False, True): "#57a5e2",
    (False, False): "#0b4f8a",
    (True, True): "ansi_bright_blue",
    (True, False): "ansi_blue",
}
SHADE = {
    (False, True): "#585858",
    (False, False): "#a8a8a8",
    (True, True): "ansi_bright_black",
    (True, False): "ansi_white",
}  # of a band, which has its word as well
SEEDS = {  # shades of the runs' own hues, behind their curves
    (False, True): {"baseline": "#6b5880", "fixed": "#2e6480"},
    (False, False): {"baseline": "#c9a8da", "fixed": "#94bcd6"},
    (True, True): {"baseline": "ansi_magenta", "fixed": "ansi_cyan"},
    (True, False): {"baseline": "ansi_bright_magenta", "fixed": "ansi_bright_blue"},
}
HEAT = {  # cold to hot; lightness rises (falls in light themes), so that it also works for the colour-blind
    (False, True): ("#8080d0", "#6f97e0", "#5fafd7", "#5fd7af", "#87d787", "#d7d75f", "#ffbf6f", "#ffffaf"),
    (False, False): ("#5f5fc7", "#00709a", "#006f6f", "#007000", "#4f6f00", "#7a5200", "#9f0000", "#5f0000"),
    (True, True): ("ansi_bright_blue", "ansi_bright_blue", "ansi_cyan", "ansi_cyan", "ansi_bright_cyan",
                   "ansi_bright_green", "ansi_bright_yellow", "ansi_bright_white"),
    (True, False): ("ansi_bright_blue", "ansi_bright_blue", "ansi_blue", "ansi_blue", "ansi_magenta", "ansi_magenta",
                    "ansi_red", "ansi_black"),
}  # fmt: skip


def colours(ansi: bool, dark: bool) -> dict[str, str]:
    """The variables of a theme."""
    meaning = (
        RUNS[ansi, dark]
        | {"shade": SHADE[ansi, dark], "heading": HEADING[ansi, dark]}
        | {f"{run}-seeds": colour for run, colour in SEEDS[ansi, dark].items()}
        | {f"verdict-{name}": colour for name, colour in VERDICTS[ansi, dark].items()}
    )
    return meaning | {f"heat{level}": colour for level, colour in enumerate(HEAT[ansi, dark])}
