from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fact_samples import ENTRY, ID, OTHER_ID, SUBJECT, any_entry, any_statement, samples
from lossproof.errors import FormatError
from lossproof.model.entry import Entry
from lossproof.model.fact import Statement, Subject
from lossproof.model.facts import kinds
from lossproof.wire.facts import (
    MOST_BYTES,
    MOST_SUBJECTS,
    decode_entry,
    decode_statement,
    encode_entry,
    encode_statement,
    subject_of,
)

STATEMENTS = samples()
TEXTS = [(decode_statement, encode_statement(one)) for one in STATEMENTS] + [(decode_entry, encode_entry(ENTRY))]
NAMES = [f"{one.kind}{number}" for number, one in enumerate(STATEMENTS)] + ["entry"]
every_text = pytest.mark.parametrize(("read", "text"), TEXTS, ids=NAMES)


def written(value: Any) -> bytes:
    """Canonical JSON by other means: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def refused(read, text: bytes) -> None:
    with pytest.raises(FormatError) as error:
        read(text)
    message = str(error.value)
    assert message
    assert message[0].islower()
    assert not message.endswith(".")


@pytest.mark.parametrize("kind", kinds())
def test_every_statement_is_read_as_it_was_written(kind):
    @given(any_statement(kind))
    def holds(statement):
        text = encode_statement(statement)
        assert decode_statement(text) == statement
        assert text == written(json.loads(text))
        assert json.loads(text)["_type"] == "https://in-toto.io/Statement/v1"
        assert json.loads(text)["predicateType"] == f"urn:lossproof:{kind}:v1"

    holds()


@given(any_entry())
def test_every_entry_is_read_as_it_was_written(entry):
    text = encode_entry(entry)
    assert decode_entry(text) == entry
    assert text == written(json.loads(text))


def test_an_entry_is_what_the_design_says():
    assert encode_entry(ENTRY) == written(
        {
            "v": 1,
            "kind": "fact",
            "known_at": "2026-11-23T09:14:00.125Z",
            "about": ID,
            "previous": 7,
            "digest": ENTRY.digest,
        }
    )


def test_a_subject_is_known_by_its_id_or_by_what_identifies_the_thing():
    assert subject_of(ID) == Subject(id=ID, sha256=hashlib.sha256(bytes.fromhex(ID)).hexdigest())
    assert subject_of(ID, SUBJECT.sha256) == SUBJECT


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(text):
    for read, write in ((decode_statement, encode_statement), (decode_entry, encode_entry)):
        try:
            assert write(read(text)) == text
        except FormatError as error:
            assert str(error)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, st.sampled_from(sorted(kinds())))
def test_any_json_is_read_or_refused(value, kind):
    subject = [{"digest": {"sha256": SUBJECT.sha256}, "name": ID}]
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": f"urn:lossproof:{kind}:v1"}
    for text in (written(value), written(statement | {"predicate": value, "subject": subject})):
        refused(decode_statement, text)
        refused(decode_entry, text)
    changed = written(statement | {"predicate": json.loads(TEXTS[0][1])["predicate"], "subject": value})
    refused(decode_statement, changed)


@every_text
def test_a_changed_byte_is_refused_or_gives_another_value(read, text):
    whole = read(text)
    chance = random.Random(2009)
    for place in range(len(text)):
        mutant = bytearray(text)
        mutant[place] ^= 1 << chance.randrange(8)
        try:
            assert read(bytes(mutant)) != whole
        except FormatError:
            continue


@every_text
def test_a_part_of_it_or_more_than_it_is_refused(read, text):
    for end in range(len(text)):
        refused(read, text[:end])
    for more in (b" ", b"\n", b"\0", b"{}", b",", text):
        refused(read, text + more)
    for before in (b" ", b"\n", b"\xef\xbb\xbf", b"\0"):
        refused(read, before + text)


@every_text
def test_spaces_are_refused_wherever_they_stand(read, text):
    for place in range(1, len(text)):
        for space in (b" ", b"\n"):
            refused(read, text[:place] + space + text[place:])


NUMBER = rb"(?<=[:,\[])\d+(?=[,}\]])"


def test_there_are_numbers_to_be_spelled_otherwise():
    assert sum(len(re.findall(NUMBER, text)) for _, text in TEXTS) > 20


@every_text
def test_a_number_has_one_spelling(read, text):
    for found in re.finditer(NUMBER, text):
        digits = found.group()
        for other in (
            digits + b".0",
            digits + b"e0",
            b"0" + digits,
            b"+" + digits,
            b"-" + digits,
            b'"' + digits + b'"',
        ):
            refused(read, text[: found.start()] + other + text[found.end() :])


@every_text
def test_a_string_has_one_spelling(read, text):
    for found in re.finditer(rb'"([!#-\[\]-~])[^"]*"', text):
        place = found.start(1)
        escaped = b"\\u%04x" % text[place]
        refused(read, text[:place] + escaped + text[place + 1 :])
        if text[place : place + 1].isalpha():
            refused(read, text[:place] + text[place : place + 1].swapcase() + text[place + 1 :])


def objects(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The path of every object in a JSON value."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            yield from objects(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from objects(inner, (*path, at))


def with_object(value: Any, path: tuple, change) -> Any:
    """A JSON value with the object at a path changed."""
    if not path:
        return change(value)
    if isinstance(value, dict):
        return value | {path[0]: with_object(value[path[0]], path[1:], change)}
    return [with_object(inner, path[1:], change) if at == path[0] else inner for at, inner in enumerate(value)]


@every_text
def test_a_field_that_is_not_known_is_refused_wherever_it_stands(read, text):
    known = json.loads(text)
    for path in objects(known):
        for name, value in (("zz", None), ("aa", 1), ("note", "Ann Smith"), ("", "")):
            refused(read, written(with_object(known, path, lambda one: one | {name: value})))  # noqa: B023


@every_text
def test_a_field_that_is_missing_is_refused(read, text):
    known = json.loads(text)
    # The words of a map are its own; all other objects have every field, null where there is nothing.
    maps = {"people_by_category", "identifiers", "unattributed", "not_examined"}
    for path in objects(known):
        if path and path[-1] in maps:
            continue
        at = known
        for step in path:
            at = at[step]
        for name in at:
            refused(read, written(with_object(known, path, lambda one: {key: one[key] for key in one if key != name})))  # noqa: B023


@every_text
def test_a_field_that_stands_twice_is_refused(read, text):
    for found in re.finditer(rb'"(\w+)":(?:"[^"]*"|\d+|true|false|null)', text):
        refused(read, text[: found.start()] + found.group() + b"," + text[found.start() :])


@every_text
def test_another_order_of_fields_is_refused(read, text):
    known = json.loads(text)
    for path in objects(known):
        other = with_object(known, path, lambda one: dict(sorted(one.items(), reverse=True)))
        unsorted = json.dumps(other, separators=(",", ":")).encode()
        if unsorted != text:
            refused(read, unsorted)
    assert json.dumps(dict(reversed(known.items())), separators=(",", ":")).encode() != text


def test_a_statement_is_about_one_to_sixteen_different_subjects():
    (first, *_) = STATEMENTS
    known = json.loads(encode_statement(first))
    (subject,) = known["subject"]
    many = [subject | {"name": f"{number:032x}"} for number in range(MOST_SUBJECTS + 1)]
    assert len(decode_statement(written(known | {"subject": many[:-1]})).subjects) == MOST_SUBJECTS
    for subjects in (many, [], [subject, subject], None, subject, [None], [subject | {"digest": {}}]):
        refused(decode_statement, written(known | {"subject": subjects}))
    refused(
        decode_statement,
        written(known | {"subject": [subject | {"digest": {"sha256": "ab" * 32, "sha512": "ab" * 64}}]}),
    )


def test_kinds_are_not_mixed_up():
    by_kind = {statement.kind: json.loads(encode_statement(statement)) for statement in STATEMENTS}
    for kind, known in by_kind.items():
        for other in kinds():
            if other != kind:
                refused(decode_statement, written(known | {"predicateType": f"urn:lossproof:{other}:v1"}))
        for wrong in (
            kind,
            f"urn:lossproof:{kind}",
            f"urn:lossproof:{kind}:v2",
            f"urn:lossproof:{kind}:v1:v1",
            "",
            "fact",
        ):
            refused(decode_statement, written(known | {"predicateType": wrong}))
        refused(decode_statement, written(known | {"_type": "https://in-toto.io/Statement/v0.1"}))


@pytest.mark.parametrize("around", [b"[", b'{"predicate":', b'{"predicate":['])
def test_deep_nesting_and_great_length_are_refused(around):
    for text in (
        around * 100_000,
        around * 1000 + b"1",
        b" " * (MOST_BYTES + 1),
        b"[" * (MOST_BYTES + 1),
        b"9" * 100_000,
    ):
        refused(decode_statement, text)
        refused(decode_entry, text)


def test_a_statement_of_great_length_is_refused_before_it_is_read():
    (first, *_) = STATEMENTS
    with pytest.raises(FormatError, match="mebibyte"):
        decode_statement(encode_statement(first) + b" " * MOST_BYTES)


def test_two_statements_with_one_meaning_have_the_same_bytes():
    (first, *_) = STATEMENTS
    again = Statement(subjects=(subject_of(ID, SUBJECT.sha256),), predicate=first.predicate)
    assert encode_statement(again) == encode_statement(first)
    other = Statement(subjects=(subject_of(OTHER_ID),), predicate=first.predicate)
    assert encode_statement(other) != encode_statement(first)


@given(
    any_entry(), st.integers(0, 400), st.sampled_from([b'"', b"0", b"9", b"f", b"-", b"null", b"heads", b"02-31", b""])
)
def test_an_entry_is_read_in_one_step_as_it_is_field_by_field(entry, at, put):
    text = encode_entry(entry)
    at %= len(text)
    changed = text[:at] + put + text[at + len(put) :]
    try:
        slowly = msgspec.json.decode(changed, type=Entry)
        holds = encode_entry(slowly) == changed
    except (msgspec.MsgspecError, ValueError):
        holds = False
    if holds:
        assert decode_entry(changed) == slowly
    else:
        with pytest.raises(FormatError):
            decode_entry(changed)
