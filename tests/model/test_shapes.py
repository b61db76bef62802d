from __future__ import annotations

from dataclasses import dataclass
from time import process_time
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossproof
from lossproof.model import vocabulary
from lossproof.model.shapes import (
    Bytes,
    Count,
    Digest,
    LeafIndex,
    Moment,
    Number,
    Origin,
    PublicKey,
    RandomId,
    Recipient,
    Shaped,
    Text,
    Tool,
    check_of,
    code,
    rounded_count,
    whole_sectors,
)

HEX = "0123456789abcdef"
CIPHER = Annotated[str, Text(pattern=vocabulary.cipher_pattern())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Shaped):
    """A value with one number and one code."""

    number: Count
    word: Annotated[str, code("left right")]


@pytest.mark.parametrize(
    ("hint", "good"),
    [
        (RandomId, [HEX * 2]),
        (Digest, [HEX * 4]),
        (PublicKey, [HEX * 4]),
        (Recipient, ["age1" + "q" * 58]),
        (Origin, [f"lossproof/{HEX * 2}"]),
        (Tool, [f"lossproof {lossproof.__version__}", "lossproof 0.1.0", "lossproof 9.10.100"]),
        (Moment, ["2020-01-01T00:00:00Z", "2099-12-31T23:59:59Z", "2024-02-29T12:00:00Z"]),
        (Count, [0, 9_999_999, 10_000_000, 99_990_000]),
        (Bytes, [0, 512, 1 << 50]),
        (LeafIndex, [0, 999_999_999]),
        (
            CIPHER,
            ["aes-xts-plain64", "aes-cbc-essiv:sha256", "xchacha12,aes-adiantum-plain64", "aes-ecb + aes-xts", "other"],
        ),
        (bool, [True, False]),
        (Digest | None, [None, HEX * 4]),
        (tuple[Count, ...], [(), (1, 2)]),
        (dict[RandomId, Count], [{}, {HEX * 2: 1}]),
    ],
)
def test_a_shape_holds_what_it_is_for(hint, good):
    assert all(map(check_of(hint), good))


@pytest.mark.parametrize(
    ("hint", "bad"),
    [
        (RandomId, [HEX, HEX * 2 + "0", HEX.upper() * 2, f"{HEX * 2}\n", None, int(HEX, 16)]),
        (Digest, [HEX * 2, "g" * 64, "٠" * 64, b"0" * 64]),
        (Recipient, ["age1" + "b" * 58, "AGE1" + "q" * 58, "age1" + "q" * 57]),
        (Origin, ["lossproof/ann", "example.org/log", HEX * 2]),
        (Tool, ["lossproof", "lossproof 1.0", "lossproof 1.0.0-ann", "other 1.0.0", "lossproof 12.03.80", "lossproof ١.0.0"]),
        (
            Moment,
            [
                "1980-03-12T00:00:00Z", "2019-12-31T23:59:59Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z",
                "2026-01-01T23:59:60Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.5Z",
                "2026-01-01 00:00:00Z", "2026-01-01t00:00:00z", "٢٠٢٦-01-01T00:00:00Z",
            ],
        ),
        (Count, [-1, 10_000_001, 19_800_312, 12_031_980, 99_999_999, 100_000_000, 1.0, "1", True]),
        (Bytes, [-512, 511, 9_434_765_919, (1 << 50) + 512, 512.0]),
        (LeafIndex, [-1, 1_000_000_000, 9_434_765_919]),
        (
            CIPHER,
            ["ann", "aes-ann", "aes-xts-ann", "aes-cbc-essiv:ann", "aes-xts-plain64 + ann", " + ".join(["aes"] * 5), "", "aes-", "AES"],
        ),
        (bool, [0, 1, "true", None]),
        (tuple[Count, ...], [[1], (1, "x"), 1, None]),
        (dict[RandomId, Count], [{"ann": 1}, {HEX * 2: "ann"}, [], None]),
        (Annotated[str, code("left right")], ["", "lef", "left|right", "left ", "LEFT"]),
    ],
)  # fmt: skip
def test_a_shape_refuses_everything_else(hint, bad):
    check = check_of(hint)
    assert not [value for value in bad if check(value)]


@pytest.mark.parametrize("hint", [str, int, float, Any, list[Count], bytes, object, dict])
def test_a_field_without_a_rule_cannot_be_made(hint):
    with pytest.raises((TypeError, IndexError)):
        check_of(hint)


def test_a_refusal_names_the_field_and_never_the_value():
    with pytest.raises(ValueError, match=r"^word: ") as refused:
        Kept(number=1, word="Ann Smith")
    assert "Ann" not in str(refused.value)
    with pytest.raises(ValueError, match=r"^number: "):
        Kept(number=9_434_765_919, word="left")


def test_a_text_that_only_pretends_to_be_one_is_refused():
    class Sly(str):
        __slots__ = ()

    with pytest.raises(ValueError, match=r"^word: "):
        Kept(number=1, word=Sly("left"))


@given(st.integers(0, 1 << 70), st.booleans())
def test_any_count_can_be_rounded_to_one_that_a_fact_may_hold(value, up):
    rounded = rounded_count(value, up=up)
    assert check_of(Count)(rounded)
    assert (rounded >= value or rounded == 99_990_000) if up else rounded <= value
    assert abs(rounded - value) < 10_000 or value > 99_990_000
    assert rounded == value or value > 9_999_999


@given(st.integers(0, 1 << 70))
def test_any_size_can_be_rounded_to_one_that_a_fact_may_hold(value):
    rounded = whole_sectors(value)
    assert check_of(Bytes)(rounded)
    assert rounded <= value
    assert value - rounded < 512 or rounded == 1 << 50


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "aes" + "-plain" * 50_000,
        "aes" + "-plain64be" * 20_000,
        "aes-xts-plain64 + " * 20_000,
        "other" * 20_000,
        "aes-cbc-essiv:sha3-" * 10_000,
        "xchacha12,aes" + ",aes" * 20_000,
    ],
)
def test_the_pattern_of_ciphers_does_not_backtrack(text):
    check = check_of(CIPHER)
    started = process_time()
    assert not check(text)
    assert process_time() - started < 0.05


def test_a_list_of_words_is_kept_beside_its_pattern():
    assert code("right left") == Text(pattern="right|left", words=("left", "right"))
    assert Number(low=0, high=1).step == 1
