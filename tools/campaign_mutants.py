"""The mutation half of the campaign: one small change in a module at a time, in a copy of the tree; its tests must notice."""

from __future__ import annotations

import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TEST_SECONDS = 240
# Where the product is the answer: grading, exposure, rules, the gate, readers of headers, check digits, counting, admission.
MODULES = [
    "policy/protection.py",
    "policy/exposure.py",
    "policy/crypto.py",
    "policy/findings.py",
    "policy/grade.py",
    "policy/decide.py",
    "policy/gate.py",
    "policy/custody.py",
    "policy/rules.py",
    "block/source.py",
    "block/cached.py",
    "block/fields.py",
    "block/mbr.py",
    "block/gpt.py",
    "inspect/walk.py",
    "inspect/content.py",
    "inspect/ranges.py",
    "inspect/hardware.py",
    "inspect/schemes/luks1.py",
    "inspect/schemes/luks2.py",
    "inspect/schemes/bitlocker.py",
    "inspect/schemes/fat.py",
    "inspect/schemes/ntfs.py",
    "inspect/schemes/ext.py",
    "discover/check_digits.py",
    "discover/distinct.py",
    "discover/engine.py",
    "discover/mask.py",
    "discover/people.py",
    "discover/identifiers/nhs_number.py",
    "discover/identifiers/nino.py",
    "discover/identifiers/pnc_id.py",
    "discover/identifiers/cro_number.py",
    "discover/identifiers/prison_number.py",
    "discover/formats/zip_archive.py",
    "wire/asset_list.py",
    "wire/standings.py",
    "ledger/admission.py",
]
OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


class Result(NamedTuple):
    """One module's mutants. `survivors` are places with what was changed there."""

    module: str
    test_seconds: float
    tried: int
    noticed: int
    survivors: list[str]


def places(tree: ast.Module) -> list[ast.AST]:
    """Nodes that can be changed: inside functions, docstrings and annotations left alone."""
    found: list[ast.AST] = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            docstring = function.body[0] if ast.get_docstring(function) is not None else None
            for statement in function.body:
                if statement is not docstring:
                    found += [node for node in ast.walk(statement) if changed(node) is not None]
    return list(dict.fromkeys(found))


def changed(node: ast.AST) -> ast.AST | None:
    """The node with one small change, or None where there is none to make."""
    other = copy.deepcopy(node)
    match other:
        case ast.Compare(ops=[operator, *_]) if type(operator) in OTHER_COMPARISON:
            other.ops[0] = OTHER_COMPARISON[type(operator)]()
        case ast.BoolOp():
            other.op = ast.Or() if isinstance(other.op, ast.And) else ast.And()
        case ast.BinOp() if type(other.op) in OTHER_OPERATOR:
            other.op = OTHER_OPERATOR[type(other.op)]()
        case ast.UnaryOp(op=ast.Not()):
            return other.operand
        case ast.Constant(value=bool(value)):
            other.value = not value
        case ast.Constant(value=int(value)):
            other.value = value + 1
        case _:
            return None
    return other


def mutant(tree: ast.Module, number: int) -> tuple[str, str]:
    """The source of the module with its `number`th place changed, and what was changed."""
    other = copy.deepcopy(tree)
    node = places(other)[number]
    new = changed(node)
    if new is None:
        raise ValueError("not a place")
    said = f"line {node.lineno}: `{ast.unparse(node)[:60]}` became `{ast.unparse(new)[:60]}`"  # type: ignore[attr-defined]

    class Replace(ast.NodeTransformer):
        def visit(self, seen: ast.AST) -> ast.AST:
            return new if seen is node else self.generic_visit(seen)

    return ast.unparse(ast.fix_missing_locations(Replace().visit(other))), said.replace("\n", " ")


def tests_of(module: str, tree: Path) -> list[Path]:
    """The test files of a module: those with its name, else all of its room."""
    room, name = module.split("/", maxsplit=1)[0], Path(module).stem
    return sorted((tree / "tests" / room).rglob(f"test_{name}.py")) or [tree / "tests" / room]


def notice(tree: Path, tests: list[Path]) -> bool:
    """Whether the tests fail in that tree, or take too long."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-n0",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        *map(str, tests),
    ]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, check=False, timeout=TEST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def run(draw: random.Random, most: int) -> list[Result]:
    """Up to `most` mutants of every module, drawn by the seed, in a copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="lossproof-mutants-") as folder:
        tree = Path(folder) / "tree"
        for name in ("src", "tests", "tools", "docs"):
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        return [result for module in MODULES for result in mutate(module, tree, draw, most)]


def mutate(module: str, tree: Path, draw: random.Random, most: int) -> Iterator[Result]:
    """One module's mutants; a module whose own tests fail to begin with is said to have none tried."""
    path = tree / "src" / "lossproof" / module
    if not path.is_file():
        return
    original = path.read_text(encoding="utf-8")
    tests = tests_of(module, tree)
    start = time.monotonic()
    if notice(tree, tests):
        yield Result(module, time.monotonic() - start, 0, 0, ["its own tests fail without any change"])
        return
    test_seconds = time.monotonic() - start
    parsed = ast.parse(original)
    count = len(places(parsed))
    numbers = draw.sample(range(count), min(most, count))
    survivors = []
    for number in numbers:
        text, said = mutant(parsed, number)
        path.write_text(text, encoding="utf-8")
        if not notice(tree, tests):
            survivors.append(said)
    path.write_text(original, encoding="utf-8")
    print(
        f"{module}: {len(numbers)} mutants, {len(survivors)} survived; tests take {test_seconds:.0f} s", file=sys.stderr
    )
    yield Result(module, test_seconds, len(numbers), len(numbers) - len(survivors), survivors)
