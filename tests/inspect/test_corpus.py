"""Real images of other projects, which are not in the repository: `make score` prints the same as tables."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load_score():
    """The scorer of tools/, as a module."""
    spec = importlib.util.spec_from_file_location("score", ROOT / "tools" / "score.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module


score = load_score()


@pytest.fixture(scope="module")
def scores():
    folder = score.DEFAULT_CORPUS
    if not folder.is_dir():
        pytest.skip("the folder of real images is not here")
    with score.unpacked(folder) as corpus:
        yield score.score(corpus)


def test_there_are_images(scores):
    assert len(scores) == 177


def test_nothing_readable_is_called_protected(scores):
    assert not [one.path for one in scores if one.is_false_protected]


def test_every_scheme_that_must_be_named_is_named(scores):
    assert not score.failures(scores)


def test_no_scheme_is_taken_for_another(scores):
    assert not [one.path for one in scores if one.result == "wrong"]


def test_ciphers_states_and_bytes_read_are_as_known(scores):
    assert not {one.path: one.mismatches for one in scores if one.mismatches}
