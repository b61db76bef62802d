"""verify/verify.py as a module, and what it says beside what the product says."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from verify.in_browser import Case, of_product

FILE = Path(__file__).resolve().parents[2] / "verify" / "verify.py"


def _loaded() -> ModuleType:
    specification = importlib.util.spec_from_file_location("single_file_verifier", FILE)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # its dataclasses look themselves up here
    specification.loader.exec_module(module)
    return module


SINGLE = _loaded()


def verified(case: Case) -> dict[str, Any]:
    """What the single file says."""
    return SINGLE.verify(case.pack, case.policy, case.since, case.authorities)


def compared(cases: Iterable[Case]) -> Counter[tuple[str, str | None]]:
    """How many there were of each outcome and part, having seen that the product says the same: of a pack that is not refused
    to the last field, but for the sentence."""
    counted: Counter[tuple[str, str | None]] = Counter()
    for case in cases:
        said, wanted = verified(case), of_product(case)
        assert said.keys() == wanted.keys(), case.name
        assert (said["message"] is None) == (wanted["message"] is None), case.name
        unlike = {one: (said[one], wanted[one]) for one in said if one != "message" and said[one] != wanted[one]}
        assert unlike == {}, (case.name, said["message"], wanted["message"])
        counted[said["outcome"], said["part"]] += 1
    assert counted
    return counted
