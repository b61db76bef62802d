"""The fast engine finds what plain regular expressions find, and nothing in what only looks like identifiers."""

from __future__ import annotations

import base64
import random
import re
import time
import uuid
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover import reference_engine
from discover.reference_engine import TODAY
from lossproof.discover import engine
from lossproof.discover.engine import Hit
from lossproof.errors import FormatError

KINDS = (
    "bank_account", "chi_number", "cro_number", "date_of_birth", "driving_licence", "email", "hc_number", "iban", "nhs_number", "nino",
    "passport", "payment_card", "phone", "pnc_id", "postcode", "prison_number", "utr",
)  # fmt: skip


def kinds(text: str) -> set[str]:
    return {hit.kind for hit in engine.find(text, TODAY)}


def test_every_identifier_is_found_by_folder_under_its_own_name() -> None:
    assert tuple(engine.identifiers()) == KINDS
    for kind, identifier in engine.identifiers().items():
        assert identifier.SOURCE
        assert identifier.CATEGORY in {None, "criminal_offence"}
        assert tuple(word.lower() for word in identifier.CONTEXT) == identifier.CONTEXT
        assert all(re.fullmatch("[a-z0-9]+(?: [a-z0-9]+)*", heading) for heading in identifier.HEADERS)
        assert len(set(identifier.HEADERS)) == len(identifier.HEADERS), kind
        assert set(getattr(identifier, "YIELDS_TO", ())) <= set(KINDS)


def test_no_heading_names_two_identifiers() -> None:
    headings = [heading for identifier in engine.identifiers().values() for heading in identifier.HEADERS]
    assert len(headings) == len(set(headings))


NEIGHBOURS = (
    ("", ""), (" ", " "), ("(", ")"), ("x", ""), ("", "x"), ("_", "_"), ("1-", ""), ("", "-1"), ("", ".5"), ("+", ".0"), ("£", ","),
    ("/", "/2"), ("a/", "."), ("Ref: ", ":1"), ("1 ", " 1"), ("1.", "-a"),
)  # fmt: skip


@pytest.mark.parametrize(("before", "after"), NEIGHBOURS)
def test_the_fast_engine_agrees_with_the_reference_on_every_written_form(before: str, after: str) -> None:
    for written in reference_engine.WRITTEN:
        text = before + written + after
        assert engine.find(text, TODAY) == reference_engine.find(text), text


@settings(max_examples=400, deadline=None)
@given(reference_engine.texts)
def test_the_fast_engine_agrees_with_the_reference_on_any_mixture(text: str) -> None:
    assert engine.find(text, TODAY) == reference_engine.find(text)


@settings(max_examples=60, deadline=None)
@given(reference_engine.texts, st.integers(40, 300))
def test_reading_in_blocks_changes_nothing(text: str, size: int) -> None:
    text = text * 5
    whole = engine.find(text, TODAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_BLOCK_SIZE", size)
        assert engine.find(text, TODAY) == whole


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_is_read(text: str) -> None:
    for hit in engine.find(text, TODAY):
        assert 0 <= hit.start < hit.end <= len(text)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.text(st.characters(codec=None), max_size=80) | reference_engine.texts)
def test_validate_returns_or_raises_a_format_error_whatever_it_is_given(kind: str, text: str) -> None:
    try:
        value = engine.validate(kind, text, TODAY)
    except FormatError as error:
        assert str(error)[0].islower()
        assert not str(error).endswith(".")
    else:
        assert engine.validate(kind, value, TODAY) == value, "a canonical value is its own"


@settings(max_examples=150, deadline=None)
@given(reference_engine.texts)
def test_a_hit_s_value_is_that_of_its_characters(text: str) -> None:
    for hit in engine.find(text, TODAY):
        assert engine.validate(hit.kind, text[hit.start : hit.end], TODAY) == hit.value


def test_all_meanings_of_the_same_characters_are_returned() -> None:
    assert engine.find("1904851231", TODAY) == [
        Hit("chi_number", 0, 10, "1904851231"),
        Hit("utr", 0, 10, "1904851231"),
    ]


def test_hits_stand_in_order_of_start_and_then_longest_first() -> None:
    text = " ".join(reference_engine.WRITTEN)
    hits = engine.find(text, TODAY)
    assert {hit.kind for hit in hits} == set(KINDS)
    assert hits == sorted(hits, key=lambda hit: (hit.start, -hit.end, KINDS.index(hit.kind)))


def test_offsets_are_those_of_the_text_as_it_was_given() -> None:
    text = "\U0001f600 Łucja, NHS 443\u00a0476\u00a05914 — née"
    (hit,) = engine.find(text, TODAY)
    assert text[hit.start : hit.end] == "443\u00a0476\u00a05914"
    assert hit.value == "4434765914"


def test_ten_digits_inside_a_telephone_number_are_no_nhs_number() -> None:
    inside = next(f"77009{n:05d}" for n in range(99999) if "nhs_number" in kinds(f"77009{n:05d}"))
    assert kinds(f"+44 {inside[:4]} {inside[4:]}") == {"phone"}
    assert kinds(f"+44 {inside}") == {"phone"}


def test_nothing_is_found_without_a_digit_or_an_at_sign() -> None:
    assert engine.find("", TODAY) == []
    assert engine.find("No number stands in this letter.", TODAY) == []


def test_the_current_day_closes_dates_unless_another_is_given() -> None:
    year = date.today().year
    assert kinds(f"01/01/{year}") == {"date_of_birth"}
    assert engine.find(f"01/01/{year + 1}") == []
    assert engine.find("02/01/2020", date(2020, 1, 1)) == []


def test_a_value_alone_is_certain_only_where_its_shape_says_so() -> None:
    assert engine.alone("email", "jo@example.org", "jo@example.org")
    assert engine.alone("nino", "AB123456C", "AB123456C")
    assert not engine.alone("nino", "AB123456", "AB123456"), "many serial numbers look so"
    assert not engine.alone("nino", "PP123456A", "PP123456A"), "an administrative prefix"
    assert not engine.alone("nhs_number", "4434765914", "443 476 5914")


# ---- what only looks like identifiers -------------------------------------------------------------------------------

CERTAIN_OR_STRONG = frozenset(KINDS) - {
    "date_of_birth",
    "passport",
    "postcode",
    "utr",
    "phone",
    "payment_card",
    "bank_account",
}


def made(kind: str, count: int = 4000) -> str:
    """Lines of what software writes, the same every time. The generators hold no identifier on purpose."""
    r = random.Random(kind)

    def line() -> str:
        n = r.randint
        match kind:
            case "hex":
                return f"{r.getrandbits(64):016x} {r.getrandbits(32):08x} {r.getrandbits(160):040X} 0x{r.getrandbits(48):012x}"
            case "guid":
                return f"{{{uuid.UUID(int=r.getrandbits(128))}}} {str(uuid.UUID(int=r.getrandbits(128))).upper()}"
            case "addresses":
                mac = ":".join(f"{r.getrandbits(8):02X}" for _ in range(6))
                return f"{n(0, 255)}.{n(0, 255)}.{n(0, 255)}.{n(0, 255)}:{n(1, 65535)} {mac}"
            case "versions":
                return f"v{n(0, 20)}.{n(0, 99)}.{n(0, 9999)} build {n(0, 99)}.{n(0, 9)}.{n(0, 9)}.{n(0, 9)}"
            case "prices":
                return f"£{n(1, 10**6):,}.{n(0, 99):02d};$ {r.random() * 1e9:.2f};{r.random():.10f};{r.random() * 1e-3:.3e};{n(1, 99)}%"
            case "base64":
                return base64.b64encode(r.randbytes(57)).decode()
            case "serials":
                groups = "-".join(str(n(0, 9999)) for _ in range(4))
                return f"SN-{n(0, 9999):04d}-{n(0, 9999):04d}-{n(0, 9999):04d} {groups} {n(0, 10**5)}/{n(0, 9)}"
            case "log":
                return f"2009-01-{n(1, 28):02d} 09:12:{n(0, 59):02d} req={r.getrandbits(64):016x} bytes={n(1, 10**8)} /p/{n(1, 10**9)} 200"
        raise AssertionError(kind)

    return "\n".join(line() for _ in range(count))


@pytest.mark.parametrize("kind", ["hex", "guid", "addresses", "versions", "prices", "base64", "serials", "log"])
def test_what_software_writes_holds_no_identifier_of_a_person(kind: str) -> None:
    text = made(kind)
    found = [hit for hit in engine.find(text, TODAY) if hit.kind in CERTAIN_OR_STRONG]
    assert found == []


def test_an_order_table_passes_the_check_no_oftener_than_chance() -> None:
    r = random.Random(7)
    text = "\n".join(
        f"{n},SKU-{r.randint(0, 99999):05d},{r.randint(1, 40)},{r.randint(0, 10**10 - 1):010d}" for n in range(4000)
    )
    share = sum(hit.kind == "nhs_number" for hit in engine.find(text, TODAY)) / 4000
    assert share < 0.04, "four first digits in ten, and one check in eleven"


# ---- bounded time ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *(
            piece * 130_000
            for piece in ("1", "1 ", "a@", "@", "A1", "12/", "0 1", "GB00", "12 Mar ", "-", "(0)", "AB12 ", "a..b@")
        ),
        "a." * 200_000 + "@b.c",
        "20-00-00" + "x" * 400_000,
    ],
    ids=lambda text: text[:8],
)
def test_no_text_takes_much_longer_than_its_length(text: str) -> None:
    began = time.process_time()
    engine.find(text, TODAY)
    assert time.process_time() - began < 6
