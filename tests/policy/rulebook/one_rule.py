"""One shipped rule by itself."""

from __future__ import annotations

from pathlib import Path

from lossproof.policy import rules
from lossproof.policy.rules import Compiled, compile_rules, parse_rules

RULEBOOK = Path(rules.__file__).parent / "rulebook"


def only(name: str) -> Compiled:
    """The rule of `rulebook/NAME.toml`, compiled."""
    return compile_rules(parse_rules((RULEBOOK / f"{name}.toml").read_bytes()))
