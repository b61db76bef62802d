"""Web pages: what a reader sees, tables as rows, linear time whatever the page."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import NAME, TABLE, gather, read, web_page
from lossproof.discover.formats.html_page import page_spans


def test_text_and_tables_are_read_and_scripts_and_styles_are_not():
    found = read(web_page(), "list.html")
    assert found.prose == f"List\n\nDear {NAME}, café & ©\n"
    assert found.rows == TABLE


def test_a_page_is_known_without_its_name():
    assert read(web_page(), "").rows == TABLE
    assert read(b"<html><table>" + b"<tr><td>a<td>b<td>c" * 3 + b"</table>", "export.xls").rows == [["a", "b", "c"]] * 3


def test_nested_tables_are_layout_outside_and_rows_inside():
    rows = "".join(f"<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>" for a, b, c in TABLE)
    found = read(f"<html><table><tr><td>Left words</td><td><table>{rows}</table></td></tr></table>".encode(), "a.html")
    assert found.rows == TABLE
    assert "Left words" in found.prose


def test_fields_comments_and_wide_cells_count():
    page = "<html><form>Name <input type=text value='Ann &amp; Bo'></form><!-- was: Carl Example --><p>5 < 6</p>"
    prose = read(page.encode(), "a.html").prose
    assert "Ann & Bo" in prose
    assert "was: Carl Example" in prose
    assert "5 < 6" in prose
    wide = "<html><table><tr><th>Name<th>NHS No<th>Ward" + "<tr><td colspan=2>Ann<td>7" * 2 + "</table>"
    assert read(wide.encode(), "a.html").rows[1] == ["Ann", "", "7"]


@pytest.mark.parametrize(
    "unit", ["<!--", "<a ", "<table><tr><td>", "&#" + "9" * 40, "<script>", "<!x", "<p", "</td>", "<tr>", "&"]
)
def test_a_page_that_repeats_itself_takes_linear_time(unit):
    started = time.process_time()
    gather(page_spans(["<html>" + unit * 60_000]))
    assert time.process_time() - started < 4


def test_a_truncated_page_gives_what_is_left():
    assert NAME in read(web_page()[:-200], "a.html").prose


def test_a_large_table_comes_in_chunks():
    found = read(b"<html><table>" + b"<tr><td>a</td><td>b</td></tr>" * 5000, "a.html")
    assert len(found.rows) == 5000
    assert len(found.tables) == 3
    assert len({table.table for table in found.tables}) == 1


@settings(deadline=None)
@given(st.text(alphabet="<>/!-tablerdps \"'=&;#x\n", max_size=300))
def test_any_text_is_a_page(text):
    assert not gather(page_spans([text])).error
