"""A scan's records survive being written and read; what a stranger wrote is records that can be counted, or is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.discover import records
from lossproof.discover.mention import Mention
from lossproof.discover.people import link
from lossproof.discover.records import Records
from lossproof.errors import FormatError, LossproofError, UnsupportedError

DEVICE, SCAN = "0a" * 16, "1b" * 16
ANN = Mention(surname="SMITH", forename="ANN", born="1950-01-01", postcode="AB1 2CD", categories=("health",))

codes = st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z")
mentions = st.builds(
    Mention,
    surname=st.text(max_size=12),
    forename=st.text(max_size=12),
    born=st.one_of(st.just(""), st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")),
    strong=st.lists(st.tuples(codes, st.text(max_size=8)), max_size=3).map(tuple),
    local=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    postcode=st.text(max_size=4),
    phone=st.text(max_size=4),
    email=st.text(max_size=4),
    categories=st.lists(codes, max_size=2).map(tuple),
)


def written(*lines: object, **header: object) -> bytes:
    first = {"v": 1, "device": DEVICE, "scan": SCAN, "rules": 1} | header
    return b"".join(json.dumps(line).encode() + b"\n" for line in (first, *lines))


def of(*held: Mention) -> Records:
    return Records(device=DEVICE, scan=SCAN, mentions=list(held))


@given(st.lists(mentions, max_size=8).flatmap(lambda some: st.lists(st.sampled_from(some or [ANN]), max_size=12)))
def test_what_is_written_is_read_back_in_its_order_with_its_repetitions(held: list[Mention]) -> None:
    encoded = records.encode(of(*held))
    decoded = records.decode(encoded)
    assert decoded == of(*held)
    assert records.encode(decoded) == encoded


@given(st.lists(mentions, max_size=12))
def test_whatever_is_read_can_be_counted(held: list[Mention]) -> None:
    count = link(records.decode(records.encode(of(*held))).mentions).people
    assert count.low <= count.point <= count.high


def test_a_mention_that_repeats_is_written_once_and_still_widens_the_range() -> None:
    same = ANN._replace(postcode="")
    encoded = records.encode(of(same, ANN, same))
    assert encoded.splitlines()[1:] == [
        b'["SMITH","ANN","1950-01-01",[],[],"","","",["health"]]',
        b'["SMITH","ANN","1950-01-01",[],[],"AB1 2CD","","",["health"]]',
        b"0",
    ]
    kept = link(records.decode(encoded).mentions).people
    assert kept == link([same, ANN, same]).people
    assert kept != link([same, ANN]).people


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\n",
        b"{}",
        b"[" * 100_000,
        b'{"v":1e999}\n',
        written(device="0A" * 16),
        written(scan="1b"),
        written(rules=0),
        written(rules=10**30),
        written(0),
        written(["A"]),
        written(list(ANN), 1),
        written(list(ANN), -1),
        written(list(ANN), True),
        written(list(ANN)) + b"\n",
        written([*ANN[:2], "1950-1-1", *ANN[3:]]),
        written([*ANN[:2], "١٩٥٠-01-01", *ANN[3:]]),
        written([*ANN[:2], "1950-01-01\n", *ANN[3:]]),
        written([*ANN[:8], ["\x1b[2J"]]),
        written([*ANN[:3], [["NHS number", "1"]], *ANN[4:]]),
        written(["A" * 257, *ANN[1:]]),
        written(list(ANN)).replace(b"SMITH", b"\xff"),
        written(list(ANN)).replace(b"SMITH", rb"\ud800"),
    ],
)
def test_what_encode_never_writes_is_refused(encoded: bytes) -> None:
    with pytest.raises(FormatError):
        records.decode(encoded)


def test_a_later_version_is_named_as_such() -> None:
    with pytest.raises(UnsupportedError, match="later version"):
        records.decode(b'{"v":2,"people":[]}\n')


@given(st.binary(max_size=400))
def test_any_bytes_are_records_or_are_refused(noise: bytes) -> None:
    for encoded in (noise, written() + noise, written(list(ANN)) + noise):
        try:
            records.decode(encoded)
        except LossproofError as error:
            assert isinstance(error, FormatError | UnsupportedError)


@given(st.data())
def test_damaged_records_are_records_or_are_refused(data: st.DataObject) -> None:
    encoded = bytearray(written(list(ANN), 0, list(ANN._replace(strong=(("nhs_number", "1"),)))))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
    try:
        decoded = records.decode(bytes(encoded))
    except LossproofError as error:
        assert isinstance(error, FormatError | UnsupportedError)
    else:
        link(decoded.mentions)


def test_a_name_longer_than_any_does_not_stop_the_others_from_being_kept() -> None:
    absurd = Mention(surname="A" * 1000, forename="B" * 1000, born="1950-01-01")
    (kept, ann) = records.decode(records.encode(of(absurd, ANN))).mentions
    assert (len(kept.surname), len(kept.forename), ann) == (256, 256, ANN)


def test_two_numbers_of_a_person_in_one_mention_are_refused_by_either_side() -> None:
    # Four hundred mentions of fifty numbers each would take a minute to link.
    two = ANN._replace(strong=(("nhs_number", "1"), ("nino", "3"), ("nhs_number", "2")))
    with pytest.raises(FormatError, match="two numbers"):
        records.encode(of(two))
    with pytest.raises(FormatError, match="two numbers"):
        records.decode(written(list(two)))
    fine = ANN._replace(strong=(("nhs_number", "1"), ("nino", "3"), ("pnc_id", "4"), ("pnc_id", "5")))
    assert records.decode(records.encode(of(fine))) == of(fine)


def test_text_that_is_none_is_refused_by_either_side() -> None:
    with pytest.raises(FormatError):
        records.encode(of(Mention(surname="\ud800")))


def test_more_than_a_manifest_holds_is_said_before_it_is_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = records.encode(of(ANN, ANN._replace(forename="BOB"), ANN))
    monkeypatch.setattr(records, "MOST_MENTIONS", 2)
    with pytest.raises(UnsupportedError, match="more than 2 mentions"):
        records.encode(of(ANN, ANN, ANN))
    with pytest.raises(FormatError, match="more than 2 mentions"):
        records.decode(encoded)
    monkeypatch.setattr(records, "MOST_RECORDS_BYTES", 100)
    with pytest.raises(UnsupportedError, match="MiB"):
        records.encode(of(ANN))
    with pytest.raises(FormatError, match="MiB"):
        records.decode(encoded)


@pytest.mark.parametrize("wrong", ["", "0a" * 15, "0A" * 16, "0g" * 16, "0a" * 16 + "\n"])
def test_an_id_is_32_hexadecimal_digits(wrong: str) -> None:
    with pytest.raises(FormatError):
        Records(device=wrong, scan=SCAN, mentions=[])
    with pytest.raises(FormatError):
        Records(device=DEVICE, scan=wrong, mentions=[])
