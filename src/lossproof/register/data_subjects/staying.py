"""What stays when a person is erased, and why: `what_stays.toml`, which a controller can check and cite."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).with_name("what_stays.toml")


class Staying(NamedTuple):
    """One thing that stays; `recalled` says that nobody has checked the citation."""

    what: str
    why: str
    cites: str
    recalled: bool


@lru_cache(maxsize=1)
def what_stays() -> tuple[Staying, ...]:
    """All of it, in the order of the file."""
    return tuple(Staying(**one) for one in tomllib.loads(_FILE.read_text(encoding="utf-8"))["stays"])
