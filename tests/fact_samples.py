"""Facts for tests: one of every kind with every field filled, any valid one at random, and their parts by path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from lossproof.model.entry import Entry
from lossproof.model.fact import Authentication, Duty, Method, Relation, Role, Statement, Subject
from lossproof.model.facts import (
    compromise,
    custody,
    genesis,
    holding,
    inspection,
    kinds,
    policy,
    registration,
    replay,
    request,
    retraction,
)
from lossproof.model.shapes import COARSE, Number, Shaped, Text
from lossproof.model.volume import Access, Content, Protection

WHEN = "2026-11-23T09:14:00Z"
TOOL = "lossproof 0.1.0"
ID, OTHER_ID = "0123456789abcdef" * 2, "fedcba9876543210" * 2
DIGEST = "0123456789abcdef" * 4
RECIPIENT = "age1" + "qpzry9x8gf2tvdw0s3jn54khce6mua7l" + "qpzry9x8gf2tvdw0s3jn54khce"
KDF = inspection.LayerKdf(name="pbkdf2", hash="sha256", iterations=500_000, memory_kib=1, lanes=1)
LAYER = inspection.SeenLayer(
    parent=None,
    scheme="luks2",
    offset_bytes=512,
    size_bytes=1024,
    uuid=DIGEST,
    header=DIGEST,
    cipher="aes-xts-plain64",
    key_bits=512,
    state="encrypted",
    protectors=(inspection.LayerProtector(kind="keyslot", kdf=KDF),),
    findings=("old_kdf_hash",),
    extents=(inspection.LayerExtent(offset_bytes=0, size_bytes=512, content=Content.CIPHERTEXT),),
)
PEOPLE = holding.PeopleCount(low=1, point=2, high=3)


def _registered(**thing: object) -> registration.Registration:
    return registration.Registration(true_at=WHEN, action=registration.Action.CREATED, **thing)


SAMPLES: dict[str, list[Any]] = {
    "genesis": [
        genesis.Genesis(
            true_at=WHEN,
            origin=f"lossproof/{ID}",
            log_key=DIGEST,
            owner_key=DIGEST,
            owner=ID,
            organisation=ID,
            recipient=RECIPIENT,
            earlier=genesis.EarlierLog(origin=f"lossproof/{OTHER_ID}", size=7, root=DIGEST),
        )
    ],
    "registration": [
        _registered(organisation=registration.Organisation(relation=Relation.PROCESSOR, name=DIGEST)),
        _registered(
            device=registration.Device(
                kind=registration.DeviceKind.STICK,
                organisation=ID,
                identifiers=(
                    registration.DeviceIdentifier(scheme=registration.IdentifierScheme.SERIAL, digest=DIGEST),
                ),
            )
        ),
        _registered(
            key=registration.Key(public_key=DIGEST, organisation=ID, role=Role.AGENT, replaces=ID, person=OTHER_ID)
        ),
        _registered(person=registration.Person(organisation=ID, duties=(Duty.IT, Duty.GOVERNANCE_LEAD))),
        _registered(
            exception=registration.Exemption(
                device=ID, organisation=OTHER_ID, approver=ID, until="2027-01-23T09:14:00Z", reason="urgent"
            )
        ),
        _registered(recipient=RECIPIENT),
        registration.Registration(true_at=WHEN, action=registration.Action.ENDED),
    ],
    "inspection": [
        inspection.InspectionFact(
            true_at=WHEN,
            method=Method.READ,
            tool=TOOL,
            size_bytes=1 << 30,
            bytes_read=4096,
            header=DIGEST,
            serial=DIGEST,
            layers=(LAYER, replace(LAYER, parent=0)),
            disagreements=("encryption_not_shown",),
            shown=Protection.PROTECTED,
            access=Access.NO,
            table=DIGEST,
        )
    ],
    "holding": [
        holding.HoldingFact(
            true_at=WHEN,
            method=Method.READ,
            tool=TOOL,
            scan=ID,
            rules=1,
            people=PEOPLE,
            raw=PEOPLE,
            people_by_category={"health": 1},
            identifiers={"nhs_number": holding.Seen(distinct=2, mentions=5)},
            unattributed={"email": 1},
            named_only=1,
            possible=1,
            files=9,
            not_examined={"encrypted": 1},
            interrupted=False,
            exposed=True,
            manifest=holding.Manifest(sha256=DIGEST, size_bytes=4096, recipient=DIGEST),
        )
    ],
    "retraction": [
        retraction.Retraction(true_at=WHEN, leaf=7, envelope=DIGEST, reason=retraction.RetractionReason.WRONG_DEVICE)
    ],
    "compromise": [compromise.Compromise(true_at=WHEN, fingerprint=DIGEST, reason=compromise.CompromiseReason.STOLEN)],
    "replay": [replay.Replay(true_at=WHEN, tool=TOOL, size=7, root=DIGEST)],
    "custody": [
        custody.Custody(
            true_at=WHEN,
            event=custody.CustodyEvent.ACCEPTED,
            by=ID,
            authenticated=Authentication.LINK,
            to=OTHER_ID,
            organisation=ID,
            handover=OTHER_ID,
            text=DIGEST,
            proof=DIGEST,
            exception=ID,
            reason="issued",
        )
    ],
    "request": [
        request.Request(
            true_at=WHEN,
            request=ID,
            ask=request.Ask.DOES_NOT_ENCRYPT,
            by=OTHER_ID,
            authenticated=Authentication.PASSWORD,
            due_at="2026-11-26T09:14:00Z",
            outcome="replaced",
        )
    ],
    "policy": [
        policy.Policy(
            true_at=WHEN,
            version=7,
            rules=DIGEST,
            effective_at="2026-12-01T00:00:00Z",
            by=ID,
            authenticated=Authentication.TOTP,
        )
    ],
}
"""Statements of every kind; together they fill every field of every class."""

SUBJECT = Subject(id=ID, sha256=DIGEST)
ENTRY = Entry(v=1, kind="fact", known_at="2026-11-23T09:14:00.125Z", about=ID, previous=7, digest=DIGEST)


def samples() -> list[Statement]:
    """Every sample as a statement about one subject."""
    return [Statement(subjects=(SUBJECT,), predicate=one) for every in SAMPLES.values() for one in every]


def classes(kind: Any) -> set[type]:
    """A shaped class and every shaped class that its fields can hold."""
    found: set[type] = set()

    def walk(hint: Any) -> None:
        if isinstance(hint, type) and is_dataclass(hint) and hint not in found:
            found.add(hint)
            for inner in get_type_hints(hint, include_extras=True).values():
                walk(inner)
        for inner in get_args(hint):
            walk(inner)

    walk(kind)
    return {one for one in found if issubclass(one, Shaped)}


Path = tuple[Any, ...]


def places(value: Any, hint: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """(path, type) of a value and of every part of it: steps are field names, positions, and keys; `("key", k)` is a key itself."""
    yield path, hint
    bare = _bare(hint)
    if is_dataclass(value):
        hints = get_type_hints(type(value), include_extras=True)
        for one in fields(value):
            yield from places(getattr(value, one.name), hints[one.name], (*path, one.name))
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            yield from places(item, get_args(bare)[0], (*path, at))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*path, ("key", key)), get_args(bare)[0]
            yield from places(item, get_args(bare)[1], (*path, key))


def _bare(hint: Any) -> Any:
    """The one type of an optional one."""
    if get_origin(hint) in {Union, UnionType}:
        return next(one for one in get_args(hint) if one is not NoneType)
    return hint


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy of `value`, or of its JSON, with `new` at `path`. Raises what its class raises."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, tuple):
        return {(new if key == step[1] else key): item for key, item in value.items()}
    if isinstance(value, dict):
        return value | {step: put(value[step], rest, new)}
    if isinstance(value, tuple | list):
        return type(value)([put(item, rest, new) if at == step else item for at, item in enumerate(value)])
    return replace(value, **{step: put(getattr(value, step), rest, new)})


def rule_of(hint: Any) -> Text | Number | None:
    """The rule of a type, or None where a class or an enumeration rules."""
    bare = _bare(hint)
    return get_args(bare)[1] if get_origin(bare) is Annotated else None


def _numbers(rule: Number) -> st.SearchStrategy[int]:
    fine = st.integers(rule.low // rule.step, (rule.high if rule.exact is None else rule.exact) // rule.step)
    scaled = fine.map(lambda count: count * rule.step)
    if rule.exact is None:
        return scaled
    return scaled | st.integers(rule.exact // COARSE + 1, rule.high // COARSE).map(lambda count: count * COARSE)


def _moments(pattern: str) -> st.SearchStrategy[str]:
    times = st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31, 23, 59, 59))
    kind = "milliseconds" if r"\.\d{3}" in pattern else "seconds"
    return times.map(lambda moment: f"{moment.isoformat(timespec=kind)}Z")


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any valid value of a field's type."""
    rule = rule_of(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return st.none() | any_of(_bare(hint))
    if isinstance(rule, Number):
        return _numbers(rule)
    if isinstance(rule, Text):
        if rule.words:
            return st.sampled_from(rule.words)
        return (
            _moments(rule.pattern) if rule.moment else st.from_regex(re.compile(rule.pattern, re.ASCII), fullmatch=True)
        )
    if origin is tuple:
        return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), max_size=4)
    if hint is bool:
        return st.booleans()
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return _BUILT.get(hint, _built)(hint)


def _built(kind: type) -> st.SearchStrategy[Any]:
    return st.builds(kind, **_fields(kind))


def _fields(kind: type, but: tuple[str, ...] = ()) -> dict[str, st.SearchStrategy[Any]]:
    hints = get_type_hints(kind, include_extras=True)
    return {one.name: any_of(hints[one.name]) for one in fields(kind) if one.name not in but}


def _people(kind: type) -> st.SearchStrategy[Any]:
    counts = st.lists(_fields(kind)["low"], min_size=3, max_size=3).map(sorted)
    return counts.map(lambda sizes: kind(low=sizes[0], point=sizes[1], high=sizes[2]))


def _nested(kind: type) -> st.SearchStrategy[Any]:
    def nest(layers: list[Any], parents: list[int]) -> tuple[Any, ...]:
        return tuple(
            replace(layer, parent=parent if parent < at else None)
            for at, (layer, parent) in enumerate(zip(layers, parents, strict=False))
        )

    layers = st.builds(
        nest,
        st.lists(_built(inspection.SeenLayer), max_size=3),
        st.lists(st.integers(0, 2), min_size=3, max_size=3),
    )
    return st.builds(kind, layers=layers, **_fields(kind, but=("layers",)))


def _one_thing(kind: type) -> st.SearchStrategy[Any]:
    every = _fields(kind)
    things = {
        name: every[name].filter(lambda value: value is not None) for name in every if name not in {"true_at", "action"}
    }
    ended = st.builds(kind, true_at=every["true_at"], action=st.just(registration.Action.ENDED))
    live = st.sampled_from([registration.Action.CREATED, registration.Action.CHANGED])
    return st.one_of(
        ended,
        *(st.builds(kind, true_at=every["true_at"], action=live, **{name: thing}) for name, thing in things.items()),
    )


_BUILT = {
    holding.PeopleCount: _people,
    inspection.InspectionFact: _nested,
    registration.Registration: _one_thing,
}


def any_statement(kind: str) -> st.SearchStrategy[Statement]:
    """Any valid statement of a kind."""
    subjects = st.lists(any_of(Subject), min_size=1, max_size=3, unique_by=lambda one: one.id).map(tuple)
    return st.builds(Statement, subjects=subjects, predicate=any_of(kinds()[kind]))


def any_entry() -> st.SearchStrategy[Entry]:
    """Any valid entry of the log."""
    every = _fields(Entry)
    about = every["about"].filter(lambda value: value is not None)
    facts = st.builds(Entry, **every | {"kind": st.just("fact"), "about": about})
    return facts | st.builds(Entry, **every | {"kind": st.just("heads"), "about": st.none()})
