"""JSON: records as rows, the rest as prose, and nothing lost of what is damaged."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import read
from lossproof.block.source import BytesSource
from lossproof.discover.formats import json_text

RECORDS = [
    {"name": "Ann", "nhs": "9434765919"},
    {"name": "Bo", "born": "1970-12-31", "address": {"postcode": "LS1 4AP"}},
]


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=2),
        "\n".join(map(json.dumps, RECORDS)),
        "\ufeff" + json.dumps(RECORDS),
    ],
)
def test_a_list_of_objects_is_rows_under_their_keys(raw):
    found = read(raw.encode(), "a.json")
    assert found.tables[0].header == ["name", "nhs", "born", "address.postcode"]
    assert found.rows == [["Ann", "9434765919"], ["Bo", "", "1970-12-31", "LS1 4AP"]]


def test_lists_inside_a_document_are_tables_and_the_rest_is_prose():
    found = read(json.dumps({"ward": "7", "patients": RECORDS, "beds": [1, 2]}).encode(), "a.json")
    assert found.prose == "ward: 7\nbeds: 1; 2\n"
    assert found.tables[0].table == "patients"
    assert len(found.rows) == 2


def test_short_lists_stay_with_their_record_and_people_inside_it_do_not():
    record = {"name": [{"family": "Example", "given": ["Ann", "Mary"]}], "telecom": [{"value": "07700 900123"}]}
    found = read(json.dumps([record, record]).encode(), "a.json")
    assert found.tables[0].header == ["name.0.family", "name.0.given", "telecom.0.value"]
    assert found.rows[0] == ["Example", "Ann; Mary", "07700 900123"]
    people = [{"surname": "A", "nhs": "1"}, {"surname": "B", "nhs": "2"}]
    found = read(json.dumps([{"ward": "7", "patients": people}]).encode(), "a.json")
    assert {table.table: table.rows for table in found.tables} == {"": [["7"]], "patients": [["A", "1"], ["B", "2"]]}


def test_objects_by_key_are_rows_too():
    found = read(json.dumps({"by": {f"9{number}": {"name": f"P{number}"} for number in range(6)}}).encode(), "a.json")
    assert found.tables[0].header == ["key", "name"]
    assert found.rows[5] == ["95", "P5"]


def test_lists_of_lists_are_rows_and_numbers_stay_as_written():
    found = read(b'[[1.0, 4012345678, null, true], [0.10, 1e3, "x", false]]', "a.json")
    assert found.rows == [["1.0", "4012345678", "", "true"], ["0.10", "1e3", "x", "false"]]


def test_damage_ends_the_rows_and_the_rest_is_prose():
    raw = json.dumps(RECORDS)
    found = read((raw[:-20] + " Carl Example").encode(), "a.json")
    assert found.rows == [["Ann", "9434765919"]]
    assert "Carl Example" in found.prose


@pytest.mark.parametrize(
    "bomb",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"[" * 300 + b'"Ann"' + b"]" * 300 + b"]", b"[" + b"9" * 100_000],
)
def test_depth_and_long_numbers_are_no_crash(bomb):
    found = read(bomb, "a.json")
    assert not found.error


def test_many_keys_and_many_tables_are_bounded():
    started = time.process_time()
    many = json.dumps(
        [{f"k{number}": "v" for number in range(6000)}] + [{f"t{number}": RECORDS * 3} for number in range(3000)]
    )
    found = read(many.encode(), "a.json")
    assert "k5999: v" in found.prose
    assert len({table.table for table in found.tables}) <= 1001
    assert time.process_time() - started < 10


def test_a_text_that_begins_with_a_bracket_is_prose():
    text = b"[1] Ann Example was seen.\n{see notes}\n"
    assert read(text, "notes.txt").prose == text.decode()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='abcé {}[]"\\,:', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["a", "nhs", "surname", "b.c", ""]), inner, max_size=6)
    ),
    max_leaves=40,
)


@settings(deadline=None)
@given(values)
def test_no_word_is_lost(value):
    raw = json.dumps(value).encode()
    found = read_direct(raw)
    for word in words(value):
        assert word in found


def words(value):
    if isinstance(value, dict):
        return [word for inner in value.values() for word in words(inner)]
    if isinstance(value, list):
        return [word for inner in value for word in words(inner)]
    return [value] if isinstance(value, str) and value.strip() else []


def read_direct(raw: bytes) -> str:
    parts = []
    for span in json_text.texts(BytesSource(raw)):
        parts += [span.text] if hasattr(span, "text") else [cell for row in span.rows for cell in row]
    return "\n".join(parts)


@settings(deadline=None)
@given(st.text(alphabet='[]{}",:0a\\u \n', max_size=200))
def test_any_text_is_read(text):
    list(json_text.texts(BytesSource(text.encode())))
