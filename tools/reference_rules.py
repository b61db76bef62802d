"""The page on rules: how one is written, every word of the vocabulary, the shipped rules, and the reasons that a verdict gives."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable
from typing import Any

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]

PARTS = {
    "applies": "Which devices the rule is for. A rule that leaves one out does not ask about it.",
    "encryption": "In `require`. What the layers that were seen must show. These, and these alone, make the standing.",
    "contents": "In `require`. What is known of the people on the device. Broken, the device does not comply; its standing stays.",
    "custody": "In `require`. Who has the device, and how it is registered. Broken, the device does not comply; its standing stays.",
    "evidence": "How good the word must be on which the rule relies.",
}


def parts(table: Table) -> list[str]:
    """The sections of the page."""
    predicates = importlib.import_module("lossproof.policy.predicates").every()
    rules = importlib.import_module("lossproof.policy.rules")
    return [
        "Rules say when a device is as it should be. They are data: TOML with a closed vocabulary and no expressions, compiled once, "
        "so that changing one answers anew for every device and any moment. [Decision 15](../adr/0015-rules-as-data.md) says why.",
        "## How a rule is written",
        "```toml\n" + inspect.cleandoc(rules.__doc__).split("\n\n")[1].replace("\n    ", "\n").strip() + "\n```",
        "`severity` is `low`, `medium` or `high`; `stop` may hold `handover`; `source` says whether the citations were `read` in their "
        "text or `recalled`. A rule about encryption that leaves out `all_volumes`, `cipher_in` or `kdf_in` asks for them all the same.",
        *(_part(predicates.values(), part, says, table) for part, says in PARTS.items()),
        "## Refused until what they ask about is recorded",
        table(("word", "waits for"), ((f"`{name}`", waits) for name, waits in rules.NOT_BUILT.items())),
        "Rules about people or contracts (`subject`) wait too.",
        "## The standing",
        _cleaned("lossproof.policy.weighing"),
        _cleaned("lossproof.policy.decide"),
        "## The shipped rules",
        *(_rule(rule) for rule in rules.shipped_rules().rules),
        "## Reasons",
        "Beside these, a verdict gives the [findings](findings.md) of the layers.",
        table(("code", "what it says"), ((f"`{code}`", text) for code, text in sorted(_texts().items()))),
    ]


def _part(predicates: Iterable[Any], part: str, says: str, table: Table) -> str:
    rows = [(f"`{one.NAME}`", one.__doc__, one.parse.__doc__) for one in predicates if part == one.PART]
    return f"## {part.capitalize()}\n\n{says}\n\n" + table(("word", "what it asks", "value"), rows)


def _rule(rule: Any) -> str:
    describe = importlib.import_module("lossproof.policy.describe").describe
    return f"### {rule.title}\n\n`{rule.id}`. {describe(rule)}"


def _cleaned(module: str) -> str:
    """A module's docstring, whose indented table is preformatted text in Markdown too."""
    return inspect.cleandoc(importlib.import_module(module).__doc__ or "")


def _texts() -> dict[str, str]:
    found: dict[str, str] = dict(importlib.import_module("lossproof.policy.predicates").texts())
    for module in ("weighing", "decide"):
        found |= importlib.import_module(f"lossproof.policy.{module}").TEXTS
    return found
