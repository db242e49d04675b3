"""The scenario that a command's words and options make. Imports neither click nor, until it reads, pydantic."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...sim.errors import Problem, ScenarioError, UserError, printable
from ...sim.io.toml_read import toml_value

if TYPE_CHECKING:
    from ...sim.scenario.file import Change
    from ...sim.scenario.scenario import Scenario

STDIN = "-"


def chosen(name: str | None, fixes: Sequence[str], changes: Sequence[str], seed: str | None,
           ) -> "tuple[Scenario, Path | None]":  # fmt: skip
    """The scenario that is to be opened, and its path; raises UserError, also of fixes that do not apply."""
    from ...sim.scenario.file import make_scenario
    from ...sim.scenario.fixing import apply_fixes

    scenario, path = read(name, changes, seed) if name else (make_scenario({}, edits(changes, seed)), None)
    apply_fixes(scenario, fixes)
    return scenario, path


def read(name: str, changes: Sequence[str] = (), seed: str | None = None, iterations: str | None = None,
         ) -> "tuple[Scenario, Path]":  # fmt: skip
    """The scenario of a preset or file with the changes of --set, --seed and --iterations, and its path."""
    from ...sim.scenario.file import load_scenario
    from ...sim.scenario.presets import locate

    wanted = edits(changes, seed, iterations)
    if name == STDIN:
        return _from_stdin(wanted), Path(STDIN)
    path = locate(name)
    refuse_run(path)
    return load_scenario(path, wanted), path


def _from_stdin(wanted: "list[Change]") -> "Scenario":
    """The scenario that comes on standard input; names of data files are from the shell's folder."""
    from ...sim.io.toml_read import LARGEST, not_too_large, parse_toml, unusable
    from ...sim.scenario.file import make_scenario
    from ...sim.scenario.schema import FILES

    where = Path("standard input")
    try:
        content = not_too_large(sys.stdin.buffer.read(LARGEST + 1), where)
    except (OSError, ValueError, AttributeError) as error:  # closed, or not there at all
        raise unusable(where, f"can't be read: {getattr(error, 'strerror', None) or 'it is closed'}") from None
    data = parse_toml(content, where)
    for table, key in (name.split(".") for name in FILES):
        section = data.get(table)
        if isinstance(section, dict) and isinstance(section.get(key), str) and section[key]:
            section[key] = _absolute(section[key])
    return make_scenario(data, wanted, str(where))


def edits(changes: Sequence[str] = (), seed: str | None = None, iterations: str | None = None) -> "list[Change]":
    """What --set, --seed and --iterations change, in this order; raises UserError of what is no KEY=VALUE."""
    from ...sim.scenario.file import Change

    own = [("seed", seed, "--seed"), ("training.iterations", iterations, "--iterations")]
    changed = [_edit(text) for text in changes]
    return changed + [Change(key, toml_value(text), option) for key, text, option in own if text is not None]


def retitled(scenario: "Scenario", changes: Sequence[str] = (), *others: object) -> "Scenario":
    """A scenario that says if options have changed what its file tells of."""
    from ...sim.scenario.scenario import edited

    own = [text.partition("=")[0].strip() for text in changes]
    return edited(scenario, own) if any((*others, {*own} - {"title", "summary"})) else scenario


def refuse_run(path: Path) -> None:
    """Tell a saved run, which is no scenario file, and what to do with it."""
    if path.suffix.lower() != ".npz":
        return
    from ...sim.training.run_file import is_run

    if is_run(path):
        message = (
            f"is a saved run of training: 'gradsim train {path}' prints or continues it, 'gradsim {path}' opens it"
        )
        raise ScenarioError([Problem("", message, str(path))])


def _edit(text: str) -> "Change":
    """KEY=VALUE as a change; without a value the key is taken away."""
    from ...sim.scenario.file import Change
    from ...sim.scenario.schema import FILES

    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not all(key.split(".")):
        message = "give KEY=VALUE, such as network.depth=50 or network.activation=relu"
        raise UserError([Problem(text, message, "--set")])
    wanted = toml_value(value) if value else None
    if key in FILES and wanted and isinstance(wanted, str):
        wanted = _absolute(wanted)
    return Change(key, wanted)


def weights_note(scenario: "Scenario") -> str:
    """What became of the parameters of a file, in a line; empty if they are of the pass's number format, or not given.

    Raises UserError of a file that can't be read.
    """
    from ...sim.network.stored_weights import conversion

    path = scenario.network.weights
    kinds = "" if path is None else conversion(scenario)
    return printable(f"{Path(path).name}: {kinds}") if path and kinds else ""


def _absolute(name: str) -> str:
    """A file's name from the shell's folder, not the scenario's; as it is if that folder is gone."""
    try:
        return str(Path(name).absolute())
    except OSError:
        return name
