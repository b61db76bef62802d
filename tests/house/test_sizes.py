"""Files and functions that a reader can take in."""

from __future__ import annotations

import ast

from house.repository import ROOT, product_modules

MOST_LINES_A_FILE = 400
MOST_LINES_A_FUNCTION = 80
# A larger file needs a reason here, and a larger function there.
LARGE_FILES: dict[str, str] = {}
LARGE_FUNCTIONS: dict[str, str] = {}


def test_no_file_of_the_product_is_too_long():
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path, _ in product_modules()}
    assert lengths
    assert not {path: count for path, count in lengths.items() if count > MOST_LINES_A_FILE and path not in LARGE_FILES}


def test_no_function_of_the_product_is_too_long():
    lengths = {
        f"{path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in product_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert lengths
    large = {name: count for name, count in lengths.items() if count > MOST_LINES_A_FUNCTION}
    assert not {name: count for name, count in large.items() if name not in LARGE_FUNCTIONS}


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "common", "manager", "data", "info", "misc"}
    names = {part for path, _ in product_modules() for part in path.removesuffix(".py").split("/")}
    assert names
    assert not names & empty
