"""A training run saved as a file, with all its updates."""

from dataclasses import replace
from pathlib import Path

from ...state.playback import pause
from ...state.recent_files import is_there, typed_path
from ..common.files import default_path
from ..common.host import Host
from ..dialogs.ask import Ask
from .runner import TrainingRunner


class RunSaving:
    """The action that saves the run as it is."""

    ACTIONS = ("save_run",)

    def __init__(self, host: Host, runner: TrainingRunner):
        self.host, self.runner = host, runner

    def save_run(self) -> None:
        """Ask for a path to save the run to, once more if the file is there already."""
        now, asked = self.host.now, list[str]()

        def check(text: str) -> str:
            path = run_path(text)
            if not text or path.suffix != ".npz":
                return "give a path that ends in .npz, such as my-run.npz"
            if is_there(path) and text not in asked:
                asked.append(text)
                return f"{path.name} is there already; Enter again replaces it"
            return ""

        if not now.playback.completed:
            self.host.say(note="there is no update yet that could be saved")
            return
        self.host.become(replace(now, playback=pause(now.playback)))
        suggestion = f"{default_path(now).stem}.npz"
        about = "an .npz file with every update; Enter saves, Escape leaves; gradsim FILE opens it again"
        self.host.ask(Ask("save the run, as it is, as", about, check, suggestion), self._write)

    def _write(self, text: str | None) -> None:
        if text:
            self.host.say(progress="saving the run")
            self.runner.write(self.host.now, run_path(text))


def run_path(text: str) -> Path:
    """The path that a text says, ending in .npz if the text has no ending."""
    path = typed_path(text)
    return path if path.suffix or not path.name else Path(f"{path}.npz")
