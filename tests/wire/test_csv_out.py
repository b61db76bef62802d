from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.wire.csv_out import MARK, csv_text, quoted, unquoted


@pytest.mark.parametrize("cell", ["=1+1", "+44 20", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "'=1"])
def test_what_a_spreadsheet_would_run_is_written_as_text(cell):
    assert quoted(cell) == f"'{cell}"
    (row,) = csv.reader(io.StringIO(csv_text([cell], []).removeprefix(MARK), newline=""))
    assert row == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "S-17", "a=b", "it's", "'quoted'", "1-2", "a@example.org"])
def test_what_is_no_formula_stays_as_it_is(cell):
    assert quoted(cell) == unquoted(cell) == cell


@given(st.text())
def test_what_was_written_reads_as_it_was(cell):
    assert unquoted(quoted(cell)) == cell


@given(st.text())
def test_no_cell_begins_a_formula(cell):
    assert not quoted(cell).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6), min_size=2, max_size=2),
        max_size=4,
    )
)
def test_a_file_reads_back_cell_for_cell(rows):
    text = csv_text(["one", "two"], rows)
    assert text.startswith(MARK)
    back = list(csv.reader(io.StringIO(text.removeprefix(MARK), newline="")))
    assert [[unquoted(cell) for cell in row] for row in back] == [["one", "two"], *rows]


def test_lines_end_as_the_specification_says():
    assert csv_text(["a", "b"], [["1", 'x"y']]) == MARK + 'a,b\r\n1,"x""y"\r\n'
