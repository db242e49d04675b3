"""Rules that every numba kernel keeps: a leaf of its own file, typed, compiled for both formats, NaN-safe."""

import ast
import builtins
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gradsim.sim
from gradsim.sim.numerics import kernel
from gradsim.sim.numerics.arrays import Vector

ROOT = Path(gradsim.sim.__path__[0])
DECORATORS = {"kernel", "exact_kernel"}
ANNOTATIONS = {"Vector", "Matrix", "Bits", "Table", "float", "int"}


def kernels(tree: ast.Module) -> list[ast.FunctionDef]:
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and DECORATORS & {ast.unparse(d) for d in node.decorator_list}
    ]


FILES = sorted(path for path in ROOT.rglob("*.py") if kernels(ast.parse(path.read_text(encoding="utf-8"))))


def own_names(tree: ast.Module) -> set[str]:
    """Names that the file itself defines at its top level."""
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {
                name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            }
    return names


def foreign_names(tree: ast.Module, function: ast.FunctionDef) -> set[str]:
    """Names that a kernel uses and that are neither its own, nor its file's, nor math, np or builtins."""
    names = [node for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)]
    local = {node.id for node in names if isinstance(node.ctx, ast.Store)} | {a.arg for a in function.args.args}
    allowed = local | own_names(tree) | {"math", "np"} | set(dir(builtins))
    return {node.id for node in names} - allowed


def test_there_are_kernels():
    assert len(FILES) > 15


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_kernels_are_typed_leaves(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert kernels(tree)
    for function in kernels(tree):
        assert not foreign_names(tree, function), f"{function.name} uses another file: numba's cache would go stale"
        annotations = {ast.unparse(a.annotation) if a.annotation else "nothing" for a in function.args.args}
        assert annotations <= ANNOTATIONS, f"{function.name} is annotated with {annotations - ANNOTATIONS}"
        assert function.returns is not None
        assert ast.unparse(function.returns) == "None"


def test_the_rule_sees_a_foreign_call():
    tree = ast.parse("from .other import helper\n@kernel\ndef f(u: Vector) -> None:\n    u[0] = helper(np.exp(u[1]))\n")
    assert foreign_names(tree, kernels(tree)[0]) == {"helper"}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_kernel_compiles(dtype):
    for path in FILES:
        importlib.import_module("gradsim.sim." + ".".join(path.relative_to(ROOT).with_suffix("").parts))
    reported = []
    count = kernel.compile_pending(dtype, lambda done, total: reported.append((done, total)))
    assert reported == [(done, count) for done in range(count)]
    assert kernel.compile_pending(dtype) == 0
    declared = sum(len(kernels(ast.parse(path.read_text(encoding="utf-8")))) for path in FILES)
    assert len(kernel.KERNELS) >= declared


@kernel.kernel
def classify(x: Vector, out: Vector) -> None:
    """Write 1 for nan, 2 for inf, 0 for finite numbers."""
    for i in range(x.size):
        out[i] = 1 if np.isnan(x[i]) else (2 if np.isinf(x[i]) else 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fast_math_still_knows_nan_and_inf(dtype):
    assert not kernel.SAFE_MATH & {"fast", "nnan", "ninf", "afn"}
    x = np.array([0, np.nan, np.inf, -np.inf, 1] * 20, dtype)
    out = np.empty_like(x)
    classify(x, out)
    assert out.tolist() == [0, 1, 2, 2, 0] * 20


@pytest.mark.slow
def test_a_kernel_from_the_cache_needs_nothing_of_the_compiler():
    code = """
import sys
from gradsim.sim.simulation import simulate
from gradsim.sim.scenario.scenario import Scenario
print(simulate(Scenario()).loss, {"numba.misc.gdb_hook", "gradsim.sim.numerics.rounding"} & set(sys.modules))
"""
    command = [sys.executable, "-c", code]
    cold, warm = (subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout for _ in range(2))
    assert cold.split()[0] == warm.split()[0]
    assert warm.split()[1] == "set()"
