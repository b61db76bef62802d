"""Delimited text: what is a table, where its cells end, and what a stray quote must not do."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import TABLE, read
from lossproof.discover.formats.delimited import parse


def written(rows, delimiter=",", end="\r\n") -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return file.getvalue().encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_delimiter_and_line_end_gives_the_same_rows(delimiter, end):
    assert read(written(TABLE, delimiter, end), "list.csv").rows == TABLE


def test_a_table_is_known_without_its_name():
    assert read(written([*TABLE, *TABLE]), "list.txt").rows == [*TABLE, *TABLE]
    assert read(written(TABLE, "\t").decode().encode("utf-16"), "").rows == TABLE


def test_title_lines_above_the_heading_are_kept_as_rows():
    raw = b"Waiting list\r\nPrinted 12 January 2009\r\n\r\n" + written(TABLE, ";")
    rows = read(raw, "waiting.csv").rows
    assert rows[0] == ["Waiting list"]
    assert rows[2:] == TABLE


def test_excels_own_first_line_names_the_delimiter():
    assert read(b"sep=|\r\na|b\r\n1|2\r\n", "x.csv").rows[1:] == [["a", "b"], ["1", "2"]]


def test_quotes_hold_delimiters_quotes_and_line_ends():
    rows = [["Name", "Address"], ['Ann "Annie" Example', "1 High Street,\nLeeds"], ["Bo", "2 Low Road, York"]]
    assert read(written(rows), "a.csv").rows == rows


def test_a_stray_quote_does_not_swallow_the_rest():
    lines = [b"name,height,note", b'Ann,"5ft,tall'] + [b"Person %d,5ft,note" % number for number in range(500)]
    rows = read(b"\n".join(lines), "a.csv").rows
    assert len(rows) == 502
    assert rows[1] == ["Ann", '"5ft', "tall"]
    assert rows[-1] == ["Person 499", "5ft", "note"]


def test_many_stray_quotes_take_linear_time():
    started = time.process_time()
    raw = b"a,b\n" + b'x,"y\nz,""\n' * 20_000
    assert len(read(raw, "a.csv").rows) > 1000
    assert time.process_time() - started < 10


def test_letters_and_lists_of_numbers_stay_prose():
    letter = b"Flat 57, Lime Road\nLeeds\n\nDear Ann, thank you.\nYours, Jo\n"
    assert read(letter, "letter.txt").tables == []
    assert read(b"943 476 5919\n" * 50, "recall.txt").tables == []
    guidance = b"An NHS number has ten digits, for example 943, is wrong. Opening hours 9, call us.\n" * 20
    assert read(guidance, "guidance.txt").tables == []


def test_ten_thousand_columns_come_whole_and_in_small_chunks():
    rows = [[f"c{number}" for number in range(10_000)]] + [["x"] * 10_000 for _ in range(99)]
    found = read(written(rows), "wide.csv")
    assert found.rows == rows
    assert all(len(table.rows) * 10_000 <= 210_000 for table in found.tables)


def test_a_long_table_comes_in_chunks_of_one_name():
    found = read(written([["a", "b"]] * 5000), "long.csv")
    assert [len(table.rows) for table in found.tables] == [2000, 2000, 1000]
    assert {table.table for table in found.tables} == {""}


def test_a_truncated_table_keeps_its_last_row():
    raw = written([["Name", "Address"], ["Ann", "1 High Street, Leeds"]])
    assert read(raw[:-4], "a.csv").rows[-1][0] == "Ann"


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=12
)


@settings(deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=5), min_size=1, max_size=8))
def test_what_a_writer_quotes_is_read_back(rows):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert list(parse(iter(file.getvalue().split("\n")), ",")) == rows


@settings(deadline=None)
@given(st.text(alphabet='a,"\n ', max_size=200))
def test_no_text_is_lost_by_parsing(text):
    rows = list(parse(iter(text.split("\n")), ","))
    assert sum(cell.count("a") for row in rows for cell in row) == text.count("a")
