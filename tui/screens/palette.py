"""The command palette: everything that can be done, by name."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider

from ...sim.errors import UserError, printable
from ...sim.scenario.file import load_scenario
from ...sim.scenario.fix_menu import fixes
from ...sim.scenario.presets import presets
from ..charts.catalog import charts
from ..charts.training_catalog import training_charts
from .dialogs.gallery import Opened
from .single_pass.keys import KEYS
from .single_pass.screen import PassScreen
from .training.keys import all_keys
from .training.screen import TrainingScreen

Command = tuple[str, str, Callable[[], Any]]
"""Its name, what it does, and how."""


class PaletteCommands(Provider):
    """Keys, fixes, quantities and presets of the screen that is seen."""

    async def discover(self) -> Hits:
        """What the keys do, before anything is typed."""
        for name, about, run in self._commands():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        """Everything that fits."""
        matcher = self.matcher(query)
        for name, about, run in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=about)

    def _commands(self) -> Iterator[Command]:
        screen = self.screen
        if isinstance(screen, PassScreen | TrainingScreen):
            yield from commands(screen)


def commands(screen: PassScreen | TrainingScreen) -> Iterator[Command]:
    """All commands of a screen."""
    for keys, action, words, _ in KEYS if isinstance(screen, PassScreen) else all_keys():
        if action != "digit":
            yield words, f"key {keys.split(',')[0]}", partial(screen.run_action, action)
    for fix in fixes():
        yield f"fix: {fix.label}", fix.cures, partial(screen.steering.toggle, fix.name)
    show = screen.questions.show_quantity if isinstance(screen, PassScreen) else screen.playback_keys.show_quantity
    for chart in charts() if isinstance(screen, PassScreen) else training_charts():
        yield f"show: {chart.title}", chart.about, partial(show, chart.name)
    for preset in presets():
        yield f"open: {printable(preset.title)}", printable(preset.summary), partial(_open, screen, preset.path)
    for preset in presets():
        yield (
            f"compare with: {printable(preset.title)}",
            printable(preset.summary),
            partial(_open, screen, preset.path, True),
        )
    yield "theme", "choose one of all themes", screen.app.search_themes


def _open(screen: PassScreen | TrainingScreen, path: Any, beside: bool = False) -> None:
    try:
        (screen.files.put_beside if beside else screen.files.begin)(Opened(load_scenario(path), path))
    except UserError as error:
        screen.status.say(error=str(error))
