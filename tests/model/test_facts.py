"""No field of any kind of fact, nor of an entry or a subject, can hold a name, an identifier, a path or free text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import FrozenInstanceError, fields
from functools import cache
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fact_samples
import hostile_values as hostile
from fact_samples import ENTRY, SAMPLES, SUBJECT, Path, any_entry, any_statement, classes, places, put, rule_of
from lossproof.discover.engine import find, identifiers, validate
from lossproof.errors import FormatError
from lossproof.model.entry import Entry
from lossproof.model.fact import Predicate, Role, Statement, Subject
from lossproof.model.facts import kinds
from lossproof.model.facts.inspection import DEEPEST
from lossproof.model.shapes import Digest, LeafIndex, Number, check_of
from lossproof.wire.facts import decode_entry, decode_statement, encode_entry, encode_statement

BASE = [ENTRY, SUBJECT, *(one for every in SAMPLES.values() for one in every)]
NAMES = [type(one).__name__ for one in BASE]


def refused_by(hint: Any) -> Iterator[Any]:
    """Every hostile value that a field of this type must not hold."""
    rule = rule_of(hint)
    yield from [
        *hostile.TEXTS,
        *hostile.IDENTIFYING_NUMBERS,
        *hostile.NO_NUMBERS,
        *hostile.NESTED,
        *hostile.NOT_IN_JSON,
    ]
    if rule is not rule_of(LeafIndex):
        yield from hostile.SHORT_NUMBERS
    if isinstance(rule, Number):
        yield from (True, False, 1.0, "1")
    if hint is bool:
        yield from (0, 1, "true")
    if not check_of(hint)(None):
        yield None


def hostile_cases(value: Any) -> Iterator[tuple[Path, Any]]:
    """(path, hostile value) for every part of a value, and for every key of its maps."""
    for path, hint in places(value, type(value)):
        for new in refused_by(hint):
            if not (new == {} and isinstance(put_out(value, path), dict)):
                yield path, new


def put_out(value: Any, path: Path) -> Any:
    """What stands at a path."""
    for step in path:
        value = (
            step[1]
            if isinstance(step, tuple)
            else value[step]
            if isinstance(value, dict | tuple)
            else getattr(value, step)
        )
    return value


def test_the_samples_fill_every_field_of_every_kind():
    assert set(SAMPLES) == set(kinds())
    filled: set[tuple[str, str]] = set()
    for value in BASE:
        for path, _ in places(value, type(value)):
            if path and isinstance(path[-1], str) and put_out(value, path) is not None:
                owner = put_out(value, path[:-1])
                filled.add((type(owner).__name__, path[-1]))
    wanted = {
        (kind.__name__, one.name)
        for root in {type(value) for value in BASE}
        for kind in classes(root)
        for one in fields(kind)
    }
    assert len(wanted) > 70
    assert wanted <= filled


@pytest.mark.parametrize("value", BASE, ids=NAMES)
def test_no_field_can_be_made_to_hold_anything_hostile(value):
    tried = 0
    for path, new in hostile_cases(value):
        if not path:
            continue
        tried += 1
        with pytest.raises((ValueError, TypeError)) as refused:
            put(value, path, new)
        assert not re.search("smith|brien|4434765914", str(refused.value), re.IGNORECASE), path
    assert tried > 100


def as_json(value: Any) -> Any:
    """A statement's or an entry's JSON, to be changed."""
    return json.loads(encode_entry(value) if isinstance(value, Entry) else encode_statement(value))


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def json_cases(value: Any) -> Iterator[bytes]:
    """Canonical JSON of a value with a hostile one in it, at every place in turn."""
    known = as_json(value)
    root = value.predicate if isinstance(value, Statement) else value
    start: Path = ("predicate",) if isinstance(value, Statement) else ()
    for path, new in hostile_cases(root):
        if not any(new is one for one in hostile.NOT_IN_JSON) and not (
            path and isinstance(path[-1], tuple) and not isinstance(new, str)
        ):
            yield canonical(put(known, (*start, *path), new))


@pytest.mark.parametrize("value", [ENTRY, *fact_samples.samples()], ids=["Entry", *NAMES[2:]])
def test_nothing_hostile_can_be_read_into_a_field(value):
    read = decode_entry if isinstance(value, Entry) else decode_statement
    assert read(canonical(as_json(value))) == value
    tried = 0
    for text in json_cases(value):
        tried += 1
        with pytest.raises(FormatError) as refused:
            read(text)
        assert not re.search("smith|brien|4434765914", str(refused.value), re.IGNORECASE)
    assert tried > 100


def test_nothing_hostile_can_be_read_into_what_is_around_a_predicate():
    (statement, *_) = fact_samples.samples()
    known = as_json(statement)
    around = [("_type",), ("predicateType",), ("predicate",), ("subject",), ("subject", 0), ("subject", 0, "digest")]
    around += [("subject", 0, "name"), ("subject", 0, "digest", "sha256"), ("subject", 0, "digest", ("key", "sha256"))]
    for path in around:
        for new in [*hostile.TEXTS, *hostile.IDENTIFYING_NUMBERS, *hostile.NO_NUMBERS, *hostile.NESTED, None, True]:
            if isinstance(new, str) or not isinstance(path[-1], tuple):
                with pytest.raises(FormatError):
                    decode_statement(canonical(put(known, path, new)))


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """(name, value) of every key, string and number of a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield "", name
            yield from ((name, inner),) if not isinstance(inner, dict | list) else leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from (("", inner),) if not isinstance(inner, dict | list) else leaves(inner)


# What may be any whole number of sectors, or is compared with the log itself, looks like a number of a person by chance.
BY_CHANCE = {"offset_bytes", "size_bytes", "bytes_read", "leaf", "size", "previous"}
# A moment is a date from 2020 on; as a birth date it is that of a small child.
DATES = {"true_at", "known_at", "until", "due_at", "effective_at"}
SIZES = re.compile(rf'"(?:{"|".join(BY_CHANCE)})":\d+')


@cache
def accepted_by(text: str) -> frozenset[str]:
    """The kinds of identifiers that accept a text."""
    found = set()
    for kind in identifiers():
        with suppress(FormatError):
            validate(kind, text)
            found.add(kind)
    return frozenset(found)


def assert_nobody_in(payload: bytes) -> None:
    """No detector of `discover` accepts anything in a statement: no field by itself, and nothing in the text as it stands."""
    for name, value in leaves(json.loads(payload)):
        if isinstance(value, bool | None) or name in BY_CHANCE:
            continue
        assert accepted_by(str(value)) <= ({"date_of_birth"} if name in DATES else set()), name
    text = SIZES.sub("", payload.decode("ascii"))
    assert not [hit for hit in find(text) if hit.kind != "date_of_birth"]
    assert all(hit.value >= "2020" for hit in find(text))


@pytest.mark.parametrize("kind", kinds())
def test_no_detector_accepts_anything_in_any_statement(kind):
    @given(any_statement(kind))
    def holds(statement):
        assert_nobody_in(encode_statement(statement))

    holds()


@given(any_entry())
def test_no_detector_accepts_anything_in_any_entry(entry):
    assert_nobody_in(encode_entry(entry))


def test_the_detectors_that_are_asked_do_find_people():
    planted = {"rules": 533_401_372, "kind": "4434765914", "true_at": "ann@example.org"}
    for name, value in planted.items():
        with pytest.raises(AssertionError):
            assert_nobody_in(canonical({name: value}))


@pytest.mark.parametrize("kind", kinds().values(), ids=kinds())
def test_every_kind_says_what_it_is_and_who_may_state_it(kind):
    assert issubclass(kind, Predicate)
    assert re.fullmatch("[a-z]+(_[a-z]+)*", kind.KIND)
    assert frozenset(Role) >= kind.SIGNERS
    assert kind.__doc__
    hints = get_type_hints(kind, include_extras=True)
    assert "true_at" in hints
    # A grade is derived, and the log sets when something was known. A text is a digest, or it is none of ours.
    spoken = {name for name, hint in hints.items() if rule_of(hint) != rule_of(Digest)}
    assert not {"grade", "known_at", "name", "text", "comment", "note", "path"} & spoken


def test_a_fact_cannot_be_changed():
    for value in BASE:
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            setattr(value, fields(value)[0].name, "Ann Smith")
        assert not hasattr(value, "__dict__")


def test_a_registration_is_of_one_thing_and_an_end_of_none():
    organisation, device, *_, ended = SAMPLES["registration"]
    for path, new in ((("device",), device.device), (("organisation",), None), (("action",), ended.action)):
        with pytest.raises(ValueError, match="one thing"):
            put(organisation, path, new)
    with pytest.raises(ValueError, match="one thing"):
        put(ended, ("action",), organisation.action)


def test_a_range_of_people_is_in_order():
    (people,) = {fact_samples.PEOPLE}
    for path, new in ((("low",), 3), (("point",), 4), (("high",), 1)):
        with pytest.raises(ValueError, match="in this order"):
            put(people, path, new)


@given(st.lists(st.integers(0, 5), max_size=5))
def test_a_layer_stands_behind_the_one_around_it(parents):
    layers = tuple(put(fact_samples.LAYER, ("parent",), parent) for parent in parents)
    (fact,) = SAMPLES["inspection"]
    if all(parent < place for place, parent in enumerate(parents)):
        assert put(fact, ("layers",), layers).layers == layers
    else:
        with pytest.raises(ValueError, match="before the layer around it"):
            put(fact, ("layers",), layers)


def test_layers_do_not_nest_deeper_than_anybody_can_follow():
    (fact,) = SAMPLES["inspection"]
    chain = tuple(put(fact_samples.LAYER, ("parent",), place - 1 if place else None) for place in range(DEEPEST + 2))
    assert put(fact, ("layers",), chain[:-1])
    with pytest.raises(ValueError, match="nested too deep"):
        put(fact, ("layers",), chain)


def test_an_entry_of_a_fact_has_a_subject_and_one_of_heads_none():
    with pytest.raises(ValueError, match="about"):
        put(ENTRY, ("about",), None)
    with pytest.raises(ValueError, match="about"):
        put(ENTRY, ("kind",), "heads")
    assert Entry(v=1, kind="heads", known_at=ENTRY.known_at, about=None, previous=None, digest=ENTRY.digest)


def test_a_statement_tells_its_kind():
    assert [statement.kind for statement in fact_samples.samples()] == [
        kind for kind, every in SAMPLES.items() for _ in every
    ]
    assert Subject(id=SUBJECT.id, sha256=SUBJECT.sha256) == SUBJECT
