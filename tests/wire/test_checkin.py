"""What a register's API takes: bytes of any kind are one of its shapes or a `FormatError` that repeats nothing of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.wire.checkin import (
    MOST_FACTS,
    Enrolment,
    EnrolRequest,
    ErrorAnswer,
    FactsAnswer,
    FactsRequest,
    Value,
    compact_code,
    decode,
    encode,
    enrol_message,
    schemas,
)

SHAPES = [FactsRequest, EnrolRequest, Enrolment, FactsAnswer, ErrorAnswer]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("facts"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(content=st.binary(max_size=300), shape=st.sampled_from(SHAPES))
def test_any_bytes_are_a_request_or_refused(content, shape):
    try:
        assert isinstance(decode(content, shape), shape)
    except FormatError as error:
        assert str(error)


@given(value=JSON_VALUES, shape=st.sampled_from([FactsRequest, EnrolRequest]))
def test_any_json_is_a_request_or_refused_without_being_repeated(value, shape):
    try:
        decode(json.dumps(value).encode(), shape)
    except FormatError as error:
        assert str(error) == "the JSON is not of its shape" or str(error).startswith(
            "the JSON is not of its shape, at $"
        )


@given(
    facts=st.lists(st.binary(max_size=40), min_size=1, max_size=5),
    manifests=st.lists(st.binary(max_size=40), max_size=2),
)
def test_what_is_written_is_read_again(facts, manifests):
    value = Value(digest="0" * 64, kind="serial", salt=bytes(16), value="AA0401270001")
    request = FactsRequest(facts=facts, values=[value], manifests=manifests)
    assert decode(encode(request), FactsRequest) == request


@pytest.mark.parametrize(
    "change",
    [
        {"facts": []},
        {"facts": ["AA=="] * (MOST_FACTS + 1)},
        {"facts": ["A"]},
        {"facts": [1]},
        {"facts": None},
        {"more": 1},
        {"values": [{"digest": "0" * 64, "kind": "name", "salt": "A" * 22 + "==", "value": "x"}]},
        {"values": [{"digest": "0" * 64 + "\n", "kind": "serial", "salt": "A" * 22 + "==", "value": "x"}]},
        {"values": [{"digest": "0" * 64, "kind": "serial", "salt": "AA==", "value": "x"}]},
        {"values": [{"digest": "0" * 64, "kind": "serial", "salt": "A" * 22 + "==", "value": ""}]},
        {"values": [{"digest": "0" * 64, "kind": "serial", "salt": "A" * 22 + "==", "value": "x" * 501}]},
    ],
)
def test_a_request_that_is_not_of_its_shape_is_refused(change):
    with pytest.raises(FormatError):
        decode(json.dumps({"facts": ["AA=="], **change}).encode(), FactsRequest)


def test_a_code_is_the_same_however_people_write_it():
    assert compact_code(" abcd-efgh jkmn\t") == compact_code("ABCDEFGHJKMN") == "ABCDEFGHJKMN"
    assert enrol_message("ABCD") == b"lossproof-enrol\nABCD"


def test_every_shape_has_a_schema_whose_references_are_there():
    references, components = schemas("#/components/schemas/")
    assert {one["$ref"].rpartition("/")[2] for one in references.values()} <= set(components)
    assert components["FactsRequest"]["additionalProperties"] is False


@pytest.mark.parametrize("key", ["g" * 64, "0" * 63, "0" * 64 + "\n", "\u0661" * 64])
def test_what_a_register_calls_its_key_is_one(key):
    answer = {"fingerprint": "0" * 64, "organisation": "", "role": "agent", "origin": "x", "log_key": key}
    with pytest.raises(FormatError, match="log_key"):
        decode(json.dumps(answer | {"recipient": None}).encode(), Enrolment)


@given(code=st.text())
def test_a_code_is_the_same_however_it_is_written(code):
    compact = compact_code(code)
    assert compact_code(f" {'-'.join(compact)} ") == compact_code(compact) == compact
