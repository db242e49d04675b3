"""The glossary of the screen that is seen."""

from textual.screen import Screen

from ...terminal.textual_private import screen_text
from ..dialogs.glossary import Glossary


class Words:
    """What a word of the screen means."""

    ACTIONS = ("glossary",)

    def __init__(self, screen: Screen[None]):
        self.screen = screen

    def glossary(self) -> None:
        """All words, those that stand on the screen first."""
        self.screen.app.push_screen(Glossary(screen_text(self.screen)))
