"""Rules from TOML: read, refused by name where a word is not known or not built yet, and compiled once. Pure.

    [[rule]]
    id = "enc-1"
    title = "Portable devices holding personal data are encrypted"
    applies = { kind = ["laptop", "stick"], holds = "personal-or-unknown" }
    require = { all_volumes = "encrypted", protection = "on", cipher_in = "cipher-set:current" }
    evidence = { level = ">=observed", max_age = "31d", fresh = "24h", before_loss = true }
    on_fail = { severity = "high", say = "Encrypt it or hand it back", stop = ["handover"] }
    cites = ["UKGDPR:32(1)(a)"]
    source = "recalled"

Specification: TOML 1.0.0; the words are the files of `predicates/`. The shipped rules are the files of `rulebook/`, one each. Left
out: rules about people and contracts, whose facts are not built yet.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from lossproof.errors import FormatError, UnsupportedError
from lossproof.model.estate import CustodyState
from lossproof.model.facts.registration import DeviceKind
from lossproof.policy.judging import Judge, Scope, compile_rule, compile_scope
from lossproof.policy.predicates import Demands, Part, every
from lossproof.policy.predicates.values import quoted
from lossproof.policy.rule import FRESH_SECONDS, HANDOVER, Rule, RuleSet, Severity, Source

MOST_BYTES = 1 << 16
MOST_RULES = 200
# A dotted key costs the square of its parts, and stands on one line.
MOST_LINE_BYTES = 500

_CONTRACTS = "facts about contracts"
NOT_BUILT = {
    "escrow": "facts about recovery keys, which come with seal",
    "escrow_age": "facts about recovery keys, which come with seal",
    "acknowledged": "facts about who acknowledged a policy",
    "trained": "facts about training",
    "custody_of": "rules about people",
    "clauses": _CONTRACTS,
    "notify_within_h": _CONTRACTS,
    "coverage": _CONTRACTS,
}
"""Words of the vocabulary that are refused until what they ask about is recorded, and what they wait for."""

_SUBJECTS = {"person": "facts about acknowledgement and training", "contract": _CONTRACTS}
_KEYS = frozenset({"id", "title", "subject", "applies", "require", "evidence", "on_fail", "cites", "source"})
_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_CITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:.()/-]{0,59}", re.ASCII)
_IMPLIED = {"all_volumes": "encrypted", "cipher_in": "cipher-set:current", "kdf_in": "kdf-set:current"}
"""What a rule about encryption asks even where it does not say so: `protected` must mean the same under every rule."""


Places = dict[tuple[DeviceKind, CustodyState | None], tuple[Judge, ...]]
"""The rules that may be for a device, by its kind and its state of custody (None: not recorded)."""


class Compiled(NamedTuple):
    """Rules as closures, the set that they come from, and the rules that stop a hand-over, each with how fresh evidence must be."""

    rules: RuleSet
    judges: Places
    made: tuple[tuple[Rule, Judge], ...]
    handover: tuple[tuple[Scope, int], ...]


def parse_rules(toml: bytes) -> RuleSet:
    """The rules of a TOML text in UTF-8. Raises `FormatError` where it is none, or holds a word that is not in the vocabulary, which
    it names; `UnsupportedError` for a word whose facts are not built yet."""
    table = _table(toml)
    entries = table.pop("rule", None)
    if table:
        raise FormatError(f"rules: {_shown(next(iter(table)))} is no part of them", hint="a rule begins with [[rule]]")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise FormatError("rules: there are none", hint="a rule begins with [[rule]]")
    if len(entries) > MOST_RULES:
        raise FormatError(f"rules: there are more than {MOST_RULES}")
    rules = tuple(_rule(entry, place) for place, entry in enumerate(entries, 1))
    ids = [rule.id for rule in rules]
    for one in ids:
        if ids.count(one) > 1:
            raise FormatError(f"rule {one}: two rules have this id")
    return RuleSet(rules=rules)


@cache
def shipped_text() -> bytes:
    """The shipped rules as one TOML text: the files of `rulebook/` in the order of their names."""
    folder = os.path.join(os.path.dirname(__file__), "rulebook")  # noqa: PTH118, PTH120 - pathlib costs start-up
    texts: list[bytes] = []
    for name in sorted(os.listdir(folder)):  # noqa: PTH208
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123
                texts.append(file.read().strip())
    return b"\n\n".join(texts) + b"\n"


@cache
def shipped_rules() -> RuleSet:
    """The rules that hold where nobody has decided on others."""
    return parse_rules(shipped_text())


def compile_rules(rules: RuleSet) -> Compiled:
    """The rules as closures, made once for any number of devices."""
    made = tuple((rule, compile_rule(rule)) for rule in rules.rules)
    handover = tuple(
        (compile_scope(rule), FRESH_SECONDS if rule.demands.fresh is None else rule.demands.fresh)
        for rule in rules.rules
        if HANDOVER in rule.stop
    )
    return Compiled(rules, places(made), made, handover)


def places(made: Iterable[tuple[Rule, Judge]]) -> Places:
    """Rules by where they may be for a device, in their order."""
    listed = tuple(made)
    return {
        (kind, custody): tuple(judge for rule, judge in listed if _may_be_for(rule, kind, custody))
        for kind in DeviceKind
        for custody in (None, *CustodyState)
    }


def _may_be_for(rule: Rule, kind: DeviceKind, custody: CustodyState | None) -> bool:
    applies = dict(rule.applies)
    return kind in applies.get("kind", tuple(DeviceKind)) and (
        custody is None or custody in applies.get("custody", tuple(CustodyState))
    )


def _table(toml: bytes) -> dict[str, Any]:
    if len(toml) > MOST_BYTES:
        raise FormatError(f"rules: longer than {MOST_BYTES} bytes")
    if any(len(line) > MOST_LINE_BYTES for line in toml.split(b"\n")):
        raise FormatError(f"rules: a line is longer than {MOST_LINE_BYTES} bytes")
    try:
        return tomllib.loads(toml.decode("utf-8"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        if place is None:
            raise FormatError("rules: not TOML (at the end of the text)") from error
        raise FormatError(f"rules: not TOML (at line {place[1]}, column {place[2]})") from error
    except (ValueError, RecursionError) as error:
        raise FormatError("rules: not TOML in UTF-8") from error


def _rule(entry: dict[str, Any], place: int) -> Rule:
    name = entry.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise FormatError(f"rule number {place}: id must be small letters, digits, hyphens and underscores")
    for key in entry:
        if key not in _KEYS:
            raise FormatError(f"rule {name}: {_shown(key)} is no part of a rule")
    _check_subject(name, entry.get("subject", "device"))
    applies = _predicates(name, entry, "applies", {Part.APPLIES})
    require = _predicates(name, entry, "require", {Part.ENCRYPTION, Part.CONTENTS, Part.CUSTODY})
    if not require:
        raise FormatError(f"rule {name}: it requires nothing")
    severity, say, stop = _on_fail(name, _section(name, entry, "on_fail"))
    return Rule(
        id=name,
        title=_text(name, "title", entry.get("title")),
        applies=tuple(sorted(applies.items())),
        require=tuple(sorted(_with_implied(require).items())),
        demands=Demands(**_predicates(name, entry, "evidence", {Part.EVIDENCE})),
        severity=severity,
        say=say,
        stop=stop,
        cites=_cites(name, entry.get("cites", [])),
        source=Source(_word(name, "source", entry.get("source", Source.RECALLED), tuple(Source))),
    )


def _check_subject(rule: str, subject: object) -> None:
    if isinstance(subject, str) and subject in _SUBJECTS:
        raise UnsupportedError(f"rule {rule}: subject {subject} waits for {_SUBJECTS[subject]}")
    if subject != "device":
        raise FormatError(f"rule {rule}: subject must be device")


def _predicates(rule: str, entry: dict[str, Any], section: str, parts: set[Part]) -> dict[str, Any]:
    """The parsed values of one section, each by a predicate that belongs there."""
    found: dict[str, Any] = {}
    for name, value in _section(rule, entry, section).items():
        if name in NOT_BUILT:
            raise UnsupportedError(f"rule {rule}: {name} waits for {NOT_BUILT[name]}", hint="leave it out for now")
        predicate = every().get(name)
        if predicate is None:
            raise FormatError(f"rule {rule}: {_shown(name)} is not in the vocabulary", hint="docs/reference/rules.md")
        if predicate.PART not in parts:
            raise FormatError(f"rule {rule}: {name} does not belong into {section}")
        try:
            found[name] = predicate.parse(value)
        except ValueError as error:
            raise FormatError(f"rule {rule}: {name}: {error}") from error
    return found


def _with_implied(require: dict[str, Any]) -> dict[str, Any]:
    if not any(every()[name].PART is Part.ENCRYPTION for name in require):
        return require
    return {name: every()[name].parse(value) for name, value in _IMPLIED.items()} | require


def _on_fail(rule: str, table: dict[str, Any]) -> tuple[Severity, str, frozenset[str]]:
    for key in table:
        if key not in {"severity", "say", "stop"}:
            raise FormatError(f"rule {rule}: {_shown(key)} is no part of on_fail")
    stop = table.get("stop", [])
    if not isinstance(stop, list) or not all(one == HANDOVER for one in stop):
        raise FormatError(f'rule {rule}: stop must be a list; it can hold "{HANDOVER}"')
    severity = _word(rule, "severity", table.get("severity", Severity.MEDIUM), tuple(Severity))
    return Severity(severity), _text(rule, "say", table.get("say")), frozenset(stop)


def _cites(rule: str, cites: object) -> tuple[str, ...]:
    if not isinstance(cites, list) or not all(isinstance(one, str) and _CITE.fullmatch(one) for one in cites):
        raise FormatError(f'rule {rule}: cites must be a list of codes such as "UKGDPR:32(1)(a)"')
    return tuple(cites)


def _section(rule: str, entry: dict[str, Any], name: str) -> dict[str, Any]:
    table = entry.get(name, {})
    if not isinstance(table, dict):
        raise FormatError(f"rule {rule}: {name} must be a table")
    return table


def _text(rule: str, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200 or not value.isprintable():
        raise FormatError(f"rule {rule}: {name} must be one line of text, at most 200 characters")
    return value


def _word(rule: str, name: str, value: object, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise FormatError(f"rule {rule}: {name} must be one of: {quoted(known)}")
    return value


def _shown(name: str) -> str:
    """A word of the text as a message may show it."""
    return ascii(name)[1:-1][:40]
