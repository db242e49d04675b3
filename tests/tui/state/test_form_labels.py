"""Every label of the form has room in its column."""

import re

import pytest

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.presets import Preset, presets
from gradsim.tui.state.form_fields import fields
from gradsim.tui.widgets.field import FieldRow

COLUMN = int(re.search(r"\.label \{ width: (\d+);", FieldRow.DEFAULT_CSS)[1]) - 2  # type: ignore[index]  # and padding


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_no_label_of_the_form_is_cut(preset: Preset) -> None:
    labels = [("  " if field.parameter else "") + field.label for field in fields(load_scenario(preset.path))]
    assert max(map(len, labels)) <= COLUMN, max(labels, key=len)
