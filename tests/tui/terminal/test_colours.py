"""Every theme can be read, and nothing is said by colour alone."""

import colorsys
import itertools
import re
from functools import cache

import pytest
from rich.color import ColorSystem
from textual.color import Color

from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import THEMES, GradsimApp
from gradsim.tui.state.outcome import Outcome
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.colours import HEAT, RUNS, VERDICTS, colours
from gradsim.tui.terminal.glyphs import PLAIN, RICH

TEXT, BOLD = 4.5, 3.0  # WCAG 2.1, 1.4.3: of text, and of large or bold text and marks
PALETTES = {  # the 16 colours as two terminals draw them: xterm, and VGA
    "black": ("#000000", "#000000"), "red": ("#cd0000", "#aa0000"), "green": ("#00cd00", "#00aa00"),
    "yellow": ("#cdcd00", "#aa5500"), "blue": ("#0000ee", "#0000aa"), "magenta": ("#cd00cd", "#aa00aa"),
    "cyan": ("#00cdcd", "#00aaaa"), "white": ("#e5e5e5", "#aaaaaa"), "bright_black": ("#7f7f7f", "#555555"),
    "bright_red": ("#ff0000", "#ff5555"), "bright_green": ("#00ff00", "#55ff55"),
    "bright_yellow": ("#ffff00", "#ffff55"), "bright_blue": ("#5c5cff", "#5555ff"),
    "bright_magenta": ("#ff00ff", "#ff55ff"), "bright_cyan": ("#00ffff", "#55ffff"),
    "bright_white": ("#ffffff", "#ffffff"),
}  # fmt: skip


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG: of the relative luminances, each and 0.05."""
    low, high = sorted(sum(share * _linear(part / 255) for share, part in zip((0.2126, 0.7152, 0.0722), colour.rgb,
                                                                             strict=True))
                       for colour in (one, other))  # fmt: skip
    return (high + 0.05) / (low + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


@cache
def app() -> GradsimApp:
    return GradsimApp()


def true_themes() -> list[str]:
    return [name for name, theme in app().available_themes.items() if not theme.ansi]


def said(ansi: bool, dark: bool) -> dict[str, str]:
    """What colours say; bands are shaded by characters, and have their words."""
    return {role: colour for role, colour in colours(ansi, dark).items()
            if role != "shade" and not role.endswith("-seeds") and colour != "ansi_default"}  # fmt: skip


def test_white_on_black_is_21() -> None:
    assert contrast(Color.parse("#fff"), Color.parse("#000")) == pytest.approx(21)
    assert contrast(Color.parse("#777"), Color.parse("#fff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", true_themes())
def test_what_means_something_can_be_read_in_every_theme(name: str) -> None:
    theme = app().available_themes[name]
    background = Color.parse(theme.to_color_system().generate()["background"])
    for role, colour in said(False, theme.dark).items():
        assert contrast(Color.parse(colour), background) >= (BOLD if role.startswith("heat") else TEXT), role


@pytest.mark.parametrize("dark", [True, False])
def test_the_16_colours_can_be_read_on_black_and_on_white(dark: bool) -> None:
    for role, colour in said(True, dark).items():
        for palette, shown in enumerate(PALETTES[colour.removeprefix("ansi_")]):
            ratio = contrast(Color.parse(shown), Color.parse("#000" if dark else "#fff"))
            assert ratio >= BOLD, (role, palette)


@pytest.mark.parametrize(("ansi", "dark"), list(itertools.product([True, False], repeat=2)))
def test_hues_of_runs_are_no_hues_of_verdicts(ansi: bool, dark: bool) -> None:
    def hue(colour: str) -> float | None:
        if colour == "ansi_default":
            return None
        shown = Color.parse(PALETTES[colour.removeprefix("ansi_")][0] if ansi else colour)
        turn, _, saturation = colorsys.rgb_to_hls(*(part / 255 for part in shown.rgb))
        return 360 * turn if saturation > 0.15 else None

    runs, verdicts = ([hue(colour) for colour in table[ansi, dark].values()] for table in (RUNS, VERDICTS))
    pairs = [*itertools.product(runs, verdicts), tuple(runs)]
    for one, other in pairs:
        if one is not None and other is not None:
            assert min(abs(one - other), 360 - abs(one - other)) >= 40
    assert len(set(RUNS[ansi, dark].values())) == 2


def test_levels_differ_by_lightness_and_never_by_colour_alone() -> None:
    for (ansi, dark), levels in HEAT.items():
        if not ansi:
            light = [contrast(Color.parse(level), Color.parse("#000")) for level in levels]
            assert (light[-1] > light[0]) == dark
            assert max(light) / min(light) > 2


@pytest.mark.parametrize("marks", [RICH, PLAIN])
def test_verdicts_and_outcomes_have_marks_of_their_own(marks: object) -> None:
    kinds, outcomes = marks.kinds, marks.outcomes  # type: ignore[attr-defined]
    one_pass = ("healthy", "borderline", "vanishing", "exploding", "nonfinite", "dead")
    assert len({kinds[kind] for kind in one_pass}) == len(one_pass)
    assert len(set(outcomes.values())) == len(outcomes)
    assert Outcome._fields[0] == "mark"


def test_the_themes_of_the_key_are_there() -> None:
    assert set(THEMES) <= set(app().available_themes)
    assert all(re.fullmatch(r"ansi-.*|textual-.*", name) for name in THEMES)


@pytest.mark.parametrize("theme", THEMES)
async def test_without_colours_nothing_is_drawn_in_its_background(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plain = GradsimApp(begin(parse_scenario({"network": {"depth": 2, "width": 4}})))
    plain.theme = theme
    system = ColorSystem.STANDARD if plain.current_theme.ansi else ColorSystem.EIGHT_BIT
    async with plain.run_test():
        for segment in itertools.chain.from_iterable(plain.screen._compositor.render_strips()):
            if segment.text.strip() and segment.style is not None:
                front, back = segment.style.color, segment.style.bgcolor
                assert front is not None
                assert front.is_default or back is None or front.downgrade(system) != back.downgrade(system), segment
