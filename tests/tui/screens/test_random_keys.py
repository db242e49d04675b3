"""Nothing that hands do to keyboard, mouse and window breaks the interface. GRADSIM_KEYS=10000 makes it longer."""

import asyncio
import contextlib
import itertools
import os
import pty
import random
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot, WaitForScreenTimeout

import monkeys
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.state.session import begin

ASKED = int(os.environ.get("GRADSIM_KEYS", "0"))
KEYS = ASKED or 150
TABLES = {
    "mlp": {"network": {"depth": 4, "width": 8, "activation": "sigmoid"}},
    "rnn": {"network": {"kind": "rnn", "depth": 2, "width": 8}, "time": {"steps": 6}},
    "training": {"network": {"depth": 3, "width": 8}, "data": {"task": "spirals"}, "loss": {"name": "cross_entropy"},
                 "training": {"iterations": 30}, "expect": {"trained": "stalled"}},
}  # fmt: skip


async def breath(pilot: Pilot[int]) -> None:
    """A pause; one that takes long on a busy machine is no fault, as `rest` asks for an answer in the end."""
    with contextlib.suppress(WaitForScreenTimeout):
        await pilot.pause()


async def until(condition: Callable[[], bool], pilot: Pilot[int]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await breath(pilot)


async def rest(app: GradsimApp, pilot: Pilot[int]) -> None:
    """Leave every window, and look whether the interface still answers."""
    app.post_message(monkeys.events.Resize(monkeys.Size(80, 24), monkeys.Size(80, 24)))
    await breath(pilot)
    for _ in range(12):
        if app.screen is not app.scene or app.scene.editing:
            await pilot.press("escape")
    assert app.screen is app.scene
    assert app.main in app.screen_stack
    if app.scene is app.main:
        app.main.steering.edit({"network.depth": 3, "network.width": 6, "data.batch": 4})
        await until(
            lambda: bool(app.main.failure) or (app.main.up_to_date() is not None and not app.main.waiting), pilot
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
async def test_random_keys_break_nothing(name: str) -> None:
    """An error that the interface survives fails the test as well."""
    chance = random.Random(f"{name} {ASKED}")
    app = GradsimApp(begin(parse_scenario(TABLES[name])))
    async with app.run_test(size=chance.choice(monkeys.SIZES)) as pilot:
        done = 0
        while done < KEYS:
            for _ in range(chance.choice((1, 1, 2, 3, 10))):
                monkeys.act(app, chance)
                done += 1
            await (breath(pilot) if chance.random() < 0.5 else asyncio.sleep(0))
            assert app.broken is None
            assert app.is_running
        await rest(app, pilot)


@pytest.mark.skipif(not ASKED, reason="GRADSIM_KEYS=10000 asks for it")
def test_random_keys_of_a_terminal_break_nothing(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    command = [sys.executable, "-c", "import sys; from gradsim.tui.cli.entry import main; main()"]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
    os.close(slave)
    seen, end = b"", time.monotonic() + 3600
    try:
        for sent in itertools.islice(monkeys.typed(random.Random(ASKED)), ASKED):
            os.write(master, sent)
            while select.select([master], [], [], 0.2 if sent == b"\x1b" else 0.005)[0]:
                seen = (seen + os.read(master, 65536))[-2000:]
                assert time.monotonic() < end
            assert process.poll() is None, seen
        process.terminate()
        while process.poll() is None:
            if select.select([master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):  # it has left the terminal, and not yet ended
                    seen = (seen + os.read(master, 65536))[-2000:]
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert process.returncode == 143
    assert not list(tmp_path.glob("state/gradsim/errors/*"))
