"""Every module and every public name says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from house.repository import product_modules

MODULES = product_modules()


def public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes, functions and methods, by depth."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_the_product_has_modules():
    assert len(MODULES) > 20


@pytest.mark.parametrize(("path", "tree"), MODULES, ids=[path for path, _ in MODULES])
def test_a_module_and_its_public_names_have_docstrings(path, tree):
    assert ast.get_docstring(tree), f"{path} does not say what it is"
    silent = [node.name for node in public(tree.body) if not ast.get_docstring(node)]
    assert not silent, f"{path}: no docstring on {', '.join(silent)}"
