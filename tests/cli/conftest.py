"""One made-up stick for all commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cli.command import lossproof
from cli.desk import cheap_keys, desk

__all__ = ["cheap_keys", "desk", "stick"]


class Stick(NamedTuple):
    """A sample as a folder and as an image, and the truth about it."""

    folder: Path
    image: Path
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Stick:
    root = tmp_path_factory.mktemp("sample")
    made = lossproof(
        *("sample", root / "stick", "--people", "150", "--seed", "9"),
        *("--image", root / "stick.img", "--truth", root / "truth.json", "--json"),
    )
    assert (made.status, made.err) == (0, "")
    assert made.shape == {
        "folder": str(root / "stick"),
        "people": 150,
        "seed": 9,
        "image": str(root / "stick.img"),
        "truth": str(root / "truth.json"),
    }
    return Stick(root / "stick", root / "stick.img", json.loads((root / "truth.json").read_text()))
