"""Base64 and decimals have one spelling each."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.ledger.encoding import MAX_NUMBER, decode_base64, decode_decimal, encode_base64


@given(st.binary(max_size=80))
def test_base64_is_the_standard_one_and_comes_back(raw):
    text = encode_base64(raw)
    assert text == base64.standard_b64encode(raw).decode()
    assert decode_base64(text, "it", size_bytes=len(raw)) == raw


@given(st.text(alphabet="AZaz09+/=-_ \n\u00e9", max_size=12))
def test_base64_that_is_read_is_what_would_be_written(text):
    try:
        raw = decode_base64(text, "it")
    except FormatError:
        return
    assert encode_base64(raw) == text


@pytest.mark.parametrize(
    "text", ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "QQ==QQ==", "Q-==", "QQ\u0661=", "=", "QUJD="]
)
def test_base64_in_another_spelling_is_refused(text):
    with pytest.raises(FormatError, match="the part is not"):
        decode_base64(text, "the part")


def test_base64_of_another_length_is_refused():
    with pytest.raises(FormatError, match="3 bytes long, not 4"):
        decode_base64("QUJD", "it", size_bytes=4)


@given(st.integers(0, MAX_NUMBER))
def test_decimals_come_back(number):
    assert decode_decimal(str(number), "it") == number


@pytest.mark.parametrize(
    "text",
    ["", "00", "01", "+1", "-0", "1_0", " 1", "1\n", "\u0661", "\u00b2", "0x1", str(MAX_NUMBER + 1), "9" * 10_000],
)
def test_other_decimals_are_refused(text):
    with pytest.raises(FormatError, match="the size is"):
        decode_decimal(text, "the size")
