"""Colours that mean something: of the two runs, and of a heatmap's levels from small to large."""

RUNS = {  # by whether the theme has 16 colours and whether it is dark
    (False, True): {"baseline": "#ffb454", "fixed": "#5cc8ff"},
    (False, False): {"baseline": "#a35200", "fixed": "#005f9e"},
    (True, True): {"baseline": "ansi_yellow", "fixed": "ansi_bright_cyan"},
    (True, False): {"baseline": "ansi_red", "fixed": "ansi_blue"},
}
HEAT = {  # cold to hot; lightness rises (falls in light themes), so that it also works for the colour-blind
    (False, True): ("#5f5faf", "#5f87d7", "#5fafd7", "#5fd7af", "#87d787", "#d7d75f", "#ffaf5f", "#ffffaf"),
    (False, False): ("#8787d7", "#0087af", "#008787", "#008700", "#5f8700", "#875f00", "#af0000", "#5f0000"),
    (True, True): ("ansi_bright_black", "ansi_blue", "ansi_bright_blue", "ansi_cyan", "ansi_green",
                   "ansi_bright_green", "ansi_bright_yellow", "ansi_bright_white"),
    (True, False): ("ansi_bright_black", "ansi_cyan", "ansi_blue", "ansi_blue", "ansi_green", "ansi_magenta",
                    "ansi_red", "ansi_black"),
}  # fmt: skip


def colours(ansi: bool, dark: bool) -> dict[str, str]:
    """The variables of a theme."""
    return RUNS[ansi, dark] | {f"heat{level}": colour for level, colour in enumerate(HEAT[ansi, dark])}
