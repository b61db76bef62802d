"""What stands in the members of a pack: each has one spelling, and any bytes are it or refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.ledger import pack_forms as forms
from lossproof.ledger.heads import AbsenceProof, HeadProof, prove_head
from lossproof.ledger.pack_members import MANIFEST, SINGLE, Manifest, parse_manifest, sort_members

HASHES = st.binary(min_size=32, max_size=32)
PAIRS = st.dictionaries(st.binary(min_size=16, max_size=16).map(bytes.hex), st.integers(0, 10**9), min_size=1)
STARTS = st.integers(0, 999_999_999).flatmap(
    lambda size: st.tuples(st.just(size), st.lists(HASHES, min_size=size.bit_count(), max_size=size.bit_count()))
)
READERS = [forms.read_tail_start, forms.read_tail, forms.read_consistency, forms.read_heads, forms.read_names]
ALL_SINGLE = dict.fromkeys(SINGLE, b"")
LISTED = Manifest(
    device="0" * 32,
    heads=3,
    made_at="2026-11-23T12:00:00Z",
    origin=f"lossproof/{'a' * 32}",
    size=9,
    tool="lossproof 0.1.0",
)


def proofs(pairs: dict[str, int], subject: str) -> HeadProof | AbsenceProof:
    return prove_head(sorted(pairs.items()), subject)


@given(STARTS)
def test_the_start_of_the_tail_comes_back(start):
    size, peaks = start
    found = forms.read_tail_start(forms.write_tail_start(size, peaks))
    assert (found.size, list(found.peaks)) == (size, peaks)


@given(st.lists(st.binary(max_size=500)))
def test_the_tail_comes_back(entries):
    tail = forms.write_tail(entries)
    assert forms.read_tail(tail) == entries
    for end in range(len(tail)):
        with contextlib.suppress(FormatError):
            assert forms.write_tail(forms.read_tail(tail[:end])) == tail[:end]


@given(st.lists(HASHES, max_size=63))
def test_a_consistency_proof_comes_back(hashes):
    assert forms.read_consistency(forms.write_consistency(hashes)) == hashes


@given(PAIRS, st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_heads_proofs_of_presence_and_of_absence_come_back(pairs, other):
    for subject in (*pairs, other):
        proof = proofs(pairs, subject)
        assert forms.read_heads(forms.write_heads(proof)) == proof


@given(
    st.dictionaries(st.text(max_size=20), st.sampled_from(forms.NameKind), max_size=5),
    st.binary(min_size=16, max_size=16),
)
def test_names_come_back_sorted_with_characters_escaped(values, salt):
    from hashlib import sha256

    names = [
        forms.Name(digest=sha256(salt + value.encode()).hexdigest(), kind=kind, salt=salt.hex(), value=value)
        for value, kind in values.items()
    ]
    written = forms.write_names(names)
    assert written.isascii()
    assert forms.read_names(written) == sorted(names, key=lambda name: name.digest)
    assert all(name.holds() for name in names)


def test_a_name_with_another_salt_or_value_does_not_hold():
    name = forms.Name(digest="0" * 64, kind=forms.NameKind.SERIAL, salt="0" * 32, value="SN-1")
    assert not name.holds()


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_it_or_refused(read, content):
    with contextlib.suppress(FormatError):
        read(content)


FIELDS = [
    "count",
    "last",
    "left",
    "right",
    "path",
    "position",
    "subject",
    "digest",
    "kind",
    "salt",
    "value",
    "from",
    "peaks",
    "other",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0" * 64, "a" * 32]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner),
)


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(shape=JSON)
def test_any_json_is_it_or_refused(read, shape):
    with contextlib.suppress(FormatError):
        read(json.dumps(shape, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'{"from":1,"peaks":[]}',
        b'{"from":01,"peaks":["' + b"a" * 64 + b'"]}',
        b'{"from":1,"peaks":["' + b"a" * 64 + b'",]}',
        b'{"from": 1,"peaks":["' + b"a" * 64 + b'"]}',
        b'{"from":1,"peaks":["' + b"A" * 64 + b'"]}',
        b'{"from":1,"peaks":["' + b"a" * 64 + b'"]}\n',
        b"[" * 4000,
    ],
)
def test_another_start_of_the_tail_is_refused(text):
    with pytest.raises(FormatError):
        forms.read_tail_start(text)


def test_another_spelling_of_a_heads_proof_is_refused():
    proof = forms.write_heads(proofs({"a" * 32: 7, "c" * 32: 9}, "a" * 32))
    absent = forms.write_heads(proofs({"a" * 32: 7, "c" * 32: 9}, "b" * 32))
    for text in (
        proof + b"\n",
        proof.replace(b":7", b":7.0"),
        proof.replace(b'"last":7', b'"last":-7'),
        proof.replace(b'"last":7', b'"last":true'),
        proof.replace(b'"last":7', b'"last":null'),
        proof.replace(b'"count":2', b'"count":2,"extra":0'),
        absent.replace(b'"left":{', b'"left":null,"x":{'),
        b'{"count":0,"last":null,"left":null,"right":null,"subject":"' + b"b" * 32 + b'"}',
        b"9" * 9999,
        b"[" * 9999,
        proof.replace(b":7", b":" + b"7" * 9999),
    ):
        with pytest.raises(FormatError):
            forms.read_heads(text)


def test_too_long_is_refused_unread():
    for read in READERS[2:]:
        with pytest.raises(FormatError):
            read(bytes(2 << 20))


@pytest.mark.parametrize("value", ["\\ud800", "\\uD83D\\uDE00", "\\u0041", "\u00e9"])
def test_another_spelling_of_a_name_is_refused(value):
    text = f'[{{"digest":"{"0" * 64}","kind":"serial","salt":"{"0" * 32}","value":"{value}"}}]'
    with pytest.raises(FormatError):
        forms.read_names(text.encode())


def test_members_are_sorted_and_only_known_ones_taken():
    found = sort_members({**ALL_SINGLE, "earlier/000000007.proof": b"", "entries/000000001.json": b"e"})
    assert (found.entries, found.earlier) == ({1: b"e"}, {7: {"proof": b""}})
    for name in (
        "entries/1.json",
        "entries/000000001.json.json",
        "entries/٠٠٠٠٠٠٠٠١.json",
        "keys/" + "A" * 64 + ".pem",
        "earlier/000000001.txt",
        "heads/",
        "more",
    ):
        with pytest.raises(FormatError):
            sort_members({**ALL_SINGLE, name: b""})
    for name in SINGLE:
        with pytest.raises(FormatError, match="missing"):
            sort_members({other: b"" for other in SINGLE if other != name})


def test_the_manifest_lists_exactly_the_members():
    members = {MANIFEST: b"itself", "a": b"1", "b": b"22"}
    payload = LISTED.payload(members)
    assert parse_manifest(payload, members) == LISTED
    assert [one["name"] for one in json.loads(payload)["members"]] == ["a", "b"]
    assert payload == json.dumps(json.loads(payload), sort_keys=True, separators=(",", ":")).encode()
    for others in ({**members, "c": b""}, {**members, "a": b"2"}, {"a": b"1"}, {MANIFEST: b"", "a": b"1", "B": b"22"}):
        with pytest.raises(FormatError):
            parse_manifest(payload, others)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"heads":3', b'"heads":0'),
        (b'"heads":3', b'"heads":9'),
        (b'"heads":3', b'"heads":03'),
        (b'"size":9,"tool', b'"size":9.0,"tool'),
        (b"2026-11-23", b"2026-11-31"),
        (b"lossproof 0.1.0", b"another 0.1.0"),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":1,"w":1'),
        (b"lossproof/a", b"elsewhere/a"),
        (b'{"device"', b'{ "device"'),
    ],
)
def test_another_spelling_of_the_manifest_is_refused(old, new):
    members = {MANIFEST: b"", "a": b"1"}
    payload = LISTED.payload(members)
    assert old in payload
    with pytest.raises(FormatError):
        parse_manifest(payload.replace(old, new), members)
