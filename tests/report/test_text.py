"""Text that is safe to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.report.text import amount, ascii_only, cells, clip, joined, moment, number, printable, size
from report.made_up import HOSTILE_NAMES


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2J\x1b]0;x\x07.csv", "\\x1b[2J\\x1b]0;x\\x07.csv"),
        ("gpj.\u202egnp.exe", "gpj.\\u202egnp.exe"),
        ("\u2066a\u2069\u200b\ufeff", "\\u2066a\\u2069\\u200b\\ufeff"),
        ("bad\udce9", "bad\\xe9"),
        ("lone\ud800", "lone\\ud800"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("a\nb\r\tc\x7f\x9b", "a\\x0ab\\x0d\\x09c\\x7f\\x9b"),
        ("Łódź 病院 שלום.txt", "Łódź 病院 שלום.txt"),
    ],
)
def test_what_cannot_be_seen_is_escaped(name, shown):
    assert printable(name) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_printable_text_is_one_line_that_encodes_and_stays_as_it_is(text):
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
    assert printable(shown) == shown
    assert ascii_only(text).isascii()


@given(st.text(st.characters(exclude_categories=())), st.integers(0, 60))
def test_clipped_text_fits(text, width):
    assert cells(clip(printable(text), width)) <= width


def test_clipping_keeps_the_end_of_a_path():
    assert clip("a/very/long/path/to/a/file/patients.csv", 24) == "a/very/...e/patients.csv"


def test_hostile_names_fit_any_column():
    for name in HOSTILE_NAMES:
        assert cells(clip(printable(name), 30)) <= 30


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (67_108_864, "67.1 MB"),
        (64 * 10**9, "64.0 GB"),
        (20 * 10**15, "20,000.0 TB"),
    ],
)
def test_sizes_are_those_printed_on_a_stick(size_bytes, said):
    assert size(size_bytes) == said


def test_numbers_have_separators_and_nouns_agree():
    assert number(5_012) == "5,012"
    assert (amount(1, "file"), amount(5_012, "file"), amount(2, "person", "people")) == (
        "1 file",
        "5,012 files",
        "2 people",
    )
    assert (joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])) == (
        "",
        "a",
        "a and b",
        "a, b and c",
    )


def test_moments_are_written_out_in_utc_and_anything_else_is_left_alone():
    assert moment("2031-05-04T10:14:00+01:00") == "4 May 2031, 09:14 UTC"
    assert moment("2031-05-04T10:14:00") == "2031-05-04T10:14:00"
    assert moment("soon") == "soon"
    assert moment("0001-01-01T00:00:00+14:00") == "0001-01-01T00:00:00+14:00"
