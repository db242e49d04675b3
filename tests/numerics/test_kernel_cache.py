"""Compiled kernels are code: only ours are run, and none of which a bit is wrong."""

import os
import pickle
import random
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsim.sim.io.private_folder import NotPrivateError, private_folder
from gradsim.sim.numerics.kernel_store import KernelStore
from gradsim.sim.numerics.numba_private import KernelCache, others_last

RUN = """
import numba
import numpy as np
from gradsim.sim.numerics.kernel import KERNELS, compile_pending, kernel; from gradsim.sim.numerics.arrays import Vector

@kernel
def half(x: Vector) -> None:
    for i in range(x.size):
        x[i] = x[i] / 2

@kernel
def root(x: Vector) -> None:
    for i in range(x.size):
        x[i] = np.sqrt(x[i])

compile_pending("float64")
numbers = np.array([8.0, 32.0])
half(numbers)
root(numbers)
print(numbers.sum(), sum(sum(jit._cache_misses.values()) for jit in KERNELS), repr(numba.config.CACHE_DIR))
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, so that what leads to the tests' folders does not matter."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".cache").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o002)
    yield
    os.umask(before)


def kernels_below(base: Path) -> Path:
    return private_folder(lambda: str(base), "gradsim", "kernels", discard=True)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- only a folder that is ours alone


@pytest.mark.usefixtures("umask")
def test_created_folders_are_ours_alone_whatever_the_umask(home: Path) -> None:
    folder = kernels_below(home / "new" / "cache")
    assert folder == (home / "new/cache/gradsim/kernels").resolve()
    assert {mode(path) for path in (folder, *folder.parents[:3])} == {0o700}


@pytest.mark.parametrize("wide", [0o770, 0o775, 0o777, 0o707, 0o1777, 0o2775])
def test_what_others_could_write_is_not_read(home: Path, wide: int) -> None:
    folder = kernels_below(home / ".cache")
    (folder / "theirs.kernel").write_bytes(b"")
    folder.chmod(wide)
    assert list(kernels_below(home / ".cache").iterdir()) == []
    assert mode(folder) == 0o700


def test_our_folder_above_is_closed_and_keeps_what_is_in_it(home: Path) -> None:
    above = kernels_below(home / ".cache").parent
    (above / "other").write_text("")
    above.chmod(0o775)
    assert kernels_below(home / ".cache").parent == above
    assert mode(above) == 0o755
    assert (above / "other").exists()


@pytest.mark.parametrize("above", [".", ".cache"])
@pytest.mark.parametrize("wide", [0o720, 0o775, 0o777])
def test_a_folder_that_others_could_exchange_is_not_read(home: Path, above: str, wide: int) -> None:
    kernels_below(home / ".cache")
    (home / above).chmod(wide)
    with pytest.raises(NotPrivateError, match=rf"others can write .*\(mode {wide:o}\)") as refused:
        kernels_below(home / ".cache")
    assert refused.value.remedy.startswith("chmod go-w /")
    assert mode(home / above) == wide  # those folders are not ours to change


def test_in_a_sticky_folder_nobody_can_exchange_ours(home: Path) -> None:
    (home / ".cache").chmod(0o1777)
    assert mode(kernels_below(home / ".cache")) == 0o700


def test_folders_above_home_are_not_checked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "me").mkdir(mode=0o700)
    home.chmod(0o777)
    with pytest.raises(NotPrivateError):
        kernels_below(home / "me")
    monkeypatch.setenv("HOME", str(home / "me"))
    assert kernels_below(home / "me").is_dir()


def test_a_folder_of_somebody_else_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root in a user's home, or a name among temporary files that another user has taken first."""
    kernels_below(home / ".cache")
    uid = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    with pytest.raises(NotPrivateError, match="belongs to somebody else"):
        kernels_below(home / ".cache")
    with pytest.raises(NotPrivateError):
        kernels_below(home / ".cache" / "new")


def test_links_are_followed_only_where_nobody_can_exchange_them(home: Path) -> None:
    (home / "disk").mkdir(mode=0o700)
    (home / "open").mkdir()
    (home / "open").chmod(0o777)
    (home / "good").symlink_to("disk/../disk")
    assert kernels_below(home / "good") == (home / "disk/gradsim/kernels").resolve()
    (home / "open/link").symlink_to(home / "disk")
    with pytest.raises(NotPrivateError, match=r"others can write .*open"):
        kernels_below(home / "open" / "link")
    (home / "bad").symlink_to(home / "open/link")
    with pytest.raises(NotPrivateError, match=r"others can write .*open"):
        kernels_below(home / "bad")
    (home / "loop").symlink_to("loop")
    with pytest.raises(NotPrivateError, match="Too many levels"):
        kernels_below(home / "loop")


def test_a_link_of_ours_to_what_others_can_write_is_left_alone(home: Path) -> None:
    (home / "open").mkdir()
    (home / "open/theirs").write_text("")
    (home / "open").chmod(0o777)
    kernels_below(home / ".cache").rmdir()
    (home / ".cache/gradsim/kernels").symlink_to(home / "open")
    with pytest.raises(NotPrivateError, match=r"others can write .*open"):
        kernels_below(home / ".cache")
    assert (home / "open/theirs").exists()


def test_a_file_instead_of_the_folder_and_a_relative_path_are_refused(home: Path) -> None:
    (home / ".cache/gradsim").write_text("")
    with pytest.raises(NotPrivateError, match="Not a directory"):
        kernels_below(home / ".cache")
    with pytest.raises(NotPrivateError, match="no absolute path"):
        kernels_below(Path("~/.cache"))


# --- a file of which a bit is wrong is no kernel

DATA = bytes(range(256))


@settings(deadline=None, derandomize=True)  # each example waits for the disk
@given(st.data())
def test_no_damage_passes(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    store = KernelStore(tmp_path_factory.mktemp("store"))
    store.write("one", DATA)
    (file,) = store.folder.iterdir()
    whole = file.read_bytes()
    kind = data.draw(st.sampled_from(["flip", "cut", "append", "other"]))
    if kind == "flip":
        place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
        damaged = whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]
    elif kind == "cut":
        damaged = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        damaged = (whole if kind == "append" else b"") + data.draw(st.binary(min_size=1, max_size=100))
    file.write_bytes(damaged)
    assert store.read("one") is None
    assert not file.exists()
    store.write("one", DATA)
    assert store.read("one") == DATA


def test_a_kernel_under_the_name_of_another_is_none(tmp_path: Path) -> None:
    store = KernelStore(tmp_path)
    store.write("one", b"1")
    store.write("two", b"2")
    (tmp_path / "one.kernel").replace(tmp_path / "two.kernel")
    assert (store.read("one"), store.read("two")) == (None, None)


def test_what_cannot_be_written_or_removed_is_no_matter(tmp_path: Path) -> None:
    store = KernelStore(tmp_path / "gone")
    store.write("one", DATA)
    store.discard("one")
    with store.trial("one"):
        assert store.read("one") is None
    store = KernelStore(tmp_path)
    (tmp_path / "one.kernel").mkdir()
    (tmp_path / "one.trial").mkdir()
    store.write("one", DATA)
    with store.trial("one"):
        assert store.read("one") is None


def test_a_kernel_that_a_process_died_of_is_forgotten(tmp_path: Path) -> None:
    store = KernelStore(tmp_path)
    store.write("one", DATA)
    code = "import os, sys; from pathlib import Path; from gradsim.sim.numerics.kernel_store import KernelStore\n"
    code += "with KernelStore(Path(sys.argv[1])).trial('one'): os._exit(0)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    with store.trial("one"):
        assert store.read("one") is None
        store.write("one", DATA)
    with store.trial("one"):
        assert store.read("one") == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["one.kernel"]


def test_two_who_try_the_same_do_not_disturb_each_other(tmp_path: Path) -> None:
    store = KernelStore(tmp_path)
    store.write("one", DATA)
    with store.trial("one"):
        with store.trial("one"):
            assert store.read("one") == DATA
        assert store.read("one") == DATA
        assert len(list(tmp_path.iterdir())) == 2  # the mark of the first is still there
    assert [path.name for path in tmp_path.iterdir()] == ["one.kernel"]


# --- of processes that start together one compiles a kernel


def test_a_second_process_loads_what_the_first_compiles(tmp_path: Path) -> None:
    first, second = KernelStore(tmp_path), KernelStore(tmp_path)
    assert not second.compiled_elsewhere("one")
    assert not first.claim("one")
    assert second.compiled_elsewhere("one")
    waiting = threading.Thread(target=lambda: taken.append(second.claim("one")))
    taken: list[bool] = []
    waiting.start()
    first.write("one", DATA)
    first.end_claim("one")
    waiting.join()
    assert taken == [True]
    assert not first.compiled_elsewhere("one")
    assert [path.name for path in tmp_path.iterdir()] == ["one.kernel"]


def test_who_is_not_ready_is_not_waited_for_and_who_died_not_at_all(tmp_path: Path) -> None:
    first, second = KernelStore(tmp_path), KernelStore(tmp_path)
    first.claim("one")
    assert not second.claim("one", patience=0)
    code = "import os, sys; from pathlib import Path; from gradsim.sim.numerics.kernel_store import KernelStore\n"
    code += "KernelStore(Path(sys.argv[1])).claim('two'); os._exit(0)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert not second.compiled_elsewhere("two")
    assert not second.claim("two")
    nowhere = KernelStore(tmp_path / "gone")
    assert not nowhere.claim("one")
    nowhere.end_claim("one")


def test_kernels_that_others_make_come_last(tmp_path: Path) -> None:
    class Jit:
        targetctx = SimpleNamespace(codegen=lambda: SimpleNamespace(magic_tuple=tuple))

        def __init__(self, number: int):
            self._cache = KernelCache(starts[number], KernelStore(tmp_path))

    starts = (kernels_below, mode, start)
    jits = [Jit(number) for number in range(3)]
    other = KernelCache(starts[0], KernelStore(tmp_path))
    assert other.load_overload((), Jit.targetctx) is None  # it begins to make it
    turn = others_last([(jit, ()) for jit in jits])
    assert [next(turn)[0] for _ in jits] == [jits[1], jits[2], jits[0]]


# --- and so a start outlives whatever happened to the cache


def start(cache: Path) -> "subprocess.Popen[str]":
    env = os.environ | {"XDG_CACHE_HOME": str(cache), "HOME": str(cache)}
    (cache / "kernels.py").write_text(RUN)
    return subprocess.Popen([sys.executable, cache / "kernels.py"], stdout=subprocess.PIPE, text=True, env=env)


def compiled(process: "subprocess.Popen[str]") -> int:
    """How many kernels were compiled by a process that got the right result."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    result, count, numbas = out.split()
    assert result == "6.0"
    assert numbas == "''"  # numba's own cache, of whoever uses it beside us, is as it was
    return int(count)


class Deadly:
    """Machine code that ends the process that loads it."""

    def __reduce__(self) -> tuple[object, ...]:
        return eval, ("(os := __import__('os')).kill(os.getpid(), 11)",)


@pytest.mark.slow
def test_a_damaged_cache_is_compiled_anew_and_never_crashes(tmp_path: Path) -> None:
    first, second = start(tmp_path), start(tmp_path)  # at the same time
    assert compiled(first) + compiled(second) in (2, 3, 4)
    assert compiled(start(tmp_path)) == 0
    files = sorted(tmp_path.rglob("*.kernel"))
    assert len(files) == 2

    chance = random.Random(0)
    for file in files:
        content = bytearray(file.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        file.write_bytes(content)
    assert compiled(start(tmp_path)) == 2
    assert compiled(start(tmp_path)) == 0

    KernelStore(files[0].parent).write(files[0].stem, pickle.dumps(Deadly()))
    died = start(tmp_path)
    died.communicate()
    assert died.returncode == -signal.SIGSEGV
    assert compiled(start(tmp_path)) == 1
    assert compiled(start(tmp_path)) == 0
    assert sorted(files[0].parent.iterdir()) == files
