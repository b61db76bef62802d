"""One more scheme, identifier, format or category is one file and one test file, found by folder; here is what each must have."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from house.repository import PRODUCT, ROOT, kinds_of
from lossproof.errors import FormatError
from lossproof.policy.rules import parse_rules


class Kind(NamedTuple):
    """A kind of thing that is added by file: its folder, where its tests are, what the file must define."""

    folder: str
    tests: str
    names: frozenset[str]
    mark: str  # the name whose presence makes a module of the folder one of the kind


KINDS = {
    "scheme": Kind("inspect/schemes", "inspect", frozenset({"NAME", "SPEC", "detect", "read"}), "SPEC"),
    "identifier": Kind(
        "discover/identifiers",
        "discover/identifiers",
        frozenset(
            {"NAME", "SOURCE", "CATEGORY", "STRONG", "ALONE", "CONTEXT", "HEADERS", "PATTERN", "candidates", "validate"}
        ),
        "PATTERN",
    ),
    "format": Kind(
        "discover/formats", "discover/formats", frozenset({"SUFFIXES", "MAGIC", "CERTAINTY", "texts"}), "texts"
    ),
    "category": Kind(
        "discover/categories", "discover/categories", frozenset({"NAME", "BASIS", "HEADERS", "TERMS"}), "TERMS"
    ),
}


def defined(path) -> set[str]:
    """Names that a module defines or imports at its top."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
    return names


def members(kind: Kind):
    """The modules of a kind: (path, names that it defines). A file of several schemes defines `SCHEMES` instead."""
    found = [(path, defined(path)) for path in kinds_of(kind.folder)]
    return [
        (path, names)
        for path, names in found
        if kind.mark in names or "SCHEMES" in names or kind.folder == "inspect/schemes"
    ]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_there_are_some_of_each_kind_and_each_defines_what_it_must(kind):
    found = members(kind)
    assert len(found) >= 2
    lacking = {
        path.name: sorted(kind.names - names) for path, names in found if kind.names - names and "SCHEMES" not in names
    }
    assert not lacking


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_has_its_own_test_file(kind):
    tests = {path.name for path in (ROOT / "tests" / kind.tests).rglob("test_*.py")}
    assert tests
    assert not [path.name for path, _ in members(kind) if f"test_{path.name}" not in tests]


def test_each_rule_of_the_rulebook_has_its_own_test_file():
    rules = {path.stem for path in (PRODUCT / "policy" / "rulebook").glob("*.toml")}
    tests = {path.stem for path in (ROOT / "tests" / "policy" / "rulebook").glob("test_*.py")}
    assert len(rules) >= 2
    assert not [name for name in rules if f"test_{name}" not in tests]


def test_a_new_rule_says_what_is_still_to_be_written(tmp_path):
    tool = ROOT / "tools" / "new.py"
    subprocess.run([sys.executable, tool, "rule", "made_up_kind", "--into", tmp_path], check=True)
    (module,) = tmp_path.rglob("made_up_kind.toml")
    (test,) = tmp_path.rglob("test_made_up_kind.py")
    assert "pytest.fail" in test.read_text(encoding="utf-8")
    text = module.read_bytes()
    with pytest.raises(FormatError, match=r"rule made_up_kind: .* must be one line"):
        parse_rules(text)
    assert parse_rules(text.replace(b'""', b'"Something"')).rules[0].id == "made_up_kind"


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_makes_a_module_that_says_what_is_still_to_be_written(kind, tmp_path):
    tool = ROOT / "tools" / "new.py"
    name = "made_up_kind"
    run = subprocess.run(
        [sys.executable, tool, kind, name, "--into", tmp_path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    module = tmp_path / PRODUCT.relative_to(ROOT) / KINDS[kind].folder / f"{name}.py"
    assert defined(module) >= KINDS[kind].names
    assert (tmp_path / "tests" / KINDS[kind].tests / f"test_{name}.py").is_file() or list(
        tmp_path.rglob(f"test_{name}.py")
    )
    again = subprocess.run(
        [sys.executable, tool, kind, name, "--into", tmp_path], capture_output=True, text=True, check=False
    )
    assert again.returncode == 2
    assert "exists" in again.stderr


def test_a_template_is_clean_for_the_linter(tmp_path):
    # The linter tells the house's own imports from others by what is there.
    shutil.copytree(PRODUCT, tmp_path / "src" / "lossproof", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "tests" / "policy", tmp_path / "tests" / "policy", ignore=shutil.ignore_patterns("__pycache__")
    )
    for kind in (*KINDS, "rule"):
        subprocess.run(
            [sys.executable, ROOT / "tools" / "new.py", kind, f"made_up_{kind}", "--into", tmp_path], check=True
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    made = [path.relative_to(tmp_path) for path in tmp_path.rglob("*made_up_*.py")]
    assert len(made) == 2 * len(KINDS) + 1
    ruff = [Path(sys.executable).with_name("ruff")]
    for words in (["check"], ["format", "--check"]):
        run = subprocess.run(
            [*ruff, *words, "--no-cache", *made], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
