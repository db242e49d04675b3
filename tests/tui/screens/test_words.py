"""The glossary on the screen."""

from textual.widgets import Input, OptionList, Static

from gradsim.sim.scenario.file import make_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.dialogs.glossary import Glossary
from gradsim.tui.state.session import begin
from gradsim.tui.terminal.glyphs import glyphs
from gradsim.tui.terminal.textual_private import screen_text
from pilot import settled


async def test_any_word_is_explained_and_those_of_the_screen_come_first() -> None:
    app = GradsimApp(begin(make_scenario({"network": {"depth": 3, "width": 8}})))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark", "question_mark")
        window = app.screen
        assert isinstance(window, Glossary)
        first = window.query_one(OptionList).get_option_at_index(0)
        assert str(first.prompt).startswith(glyphs().point)
        await pilot.press(*"resnet")
        assert window.query_one(Input).value == "resnet"
        meaning = str(window.query_one("#meaning", Static).content)
        assert "He, Zhang, Ren & Sun 2016" in meaning
        await pilot.pause()
        shown = " ".join(screen_text(window).replace(glyphs().bar, " ").split())
        assert " ".join(meaning.split()) in shown, "all of it fits"
        await pilot.press("down")
        assert window.query_one(OptionList).highlighted == 1
        await pilot.press("escape")
        assert app.screen is app.main
        await pilot.press("G")
        assert isinstance(app.screen, Glossary)
