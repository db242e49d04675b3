"""Workers of Textual get what makes a coroutine, not a coroutine: one that is cancelled at once was never awaited."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradsim import tui

ROOT = Path(next(iter(tui.__path__)))


def handed_over(text: str) -> Iterator[str]:
    """Lines of a program that hand a worker the result of a call which is not `partial`'s."""
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        made: dict[str, ast.expr] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                made[node.targets[0].id] = node.value
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                made[node.target.id] = node.value
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run_worker":
                work = node.args[0]
                work = made.get(work.id, work) if isinstance(work, ast.Name) else work
                if isinstance(work, ast.Call) and not (isinstance(work.func, ast.Name) and work.func.id == "partial"):
                    yield f"{node.lineno}: {ast.unparse(node)}"


def test_no_worker_gets_a_coroutine() -> None:
    assert not {
        str(path): coroutines for path in ROOT.rglob("*.py") if (coroutines := list(handed_over(path.read_text())))
    }


@pytest.mark.parametrize("text", [
    "def f(self): self.run_worker(self.g(1))", "def f(self):\n job = self.g(1)\n self.run_worker(job)",
])  # fmt: skip
def test_one_is_seen(text: str) -> None:
    assert list(handed_over(text))
