"""XML exports: records as rows, the rest as prose, and nothing lost of what cannot be parsed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import read
from lossproof.block.source import BytesSource
from lossproof.discover.formats import xml_text

EXPORT = """<?xml version="1.0"?><n:export xmlns:n="urn:n" made="2009-01-12">
  <n:patient id="7"><n:name><n:given>Ann</n:given><n:family>Example</n:family></n:name><n:nhs>943 476 5919</n:nhs></n:patient>
  <n:patient id="8"><n:name><n:given>Zoë</n:given><n:family>O'Brien</n:family></n:name><n:born value="1970-12-31"/></n:patient>
</n:export>"""


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_each_child_of_the_root_is_a_row(coding):
    found = read(EXPORT.encode(coding), "export.xml")
    rows = [table for table in found.tables if table.table == "patient"]
    assert rows[0].header == ["id", "name.given", "name.family", "nhs", "born.value"]
    assert rows[0].rows == [["7", "Ann", "Example", "943 476 5919"], ["8", "Zoë", "O'Brien", "", "1970-12-31"]]


def test_records_deeper_down_are_rows_too():
    inner = "".join(f"<p><name>P{number}</name><no>{number}</no></p>" for number in range(9))
    found = read(f"<?xml version='1.0'?><a><ward>7</ward><list>{inner}</list></a>".encode(), "")
    assert ["P8", "8"] in found.rows
    assert "7" in found.prose + str(found.rows)


@pytest.mark.parametrize(
    "raw",
    [
        EXPORT[:-30],
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'ha'>]><a><name>943 476 5919</name>&b;</a>",
        "<?xml version='1.0'?>" + "<a>" * 3000 + "943 476 5919" + "</a>" * 3000,
        "<?xml version='1.0' encoding='nobody'?><a>943 476 5919</a>",
    ],
)
def test_what_cannot_be_parsed_is_read_as_plain_text(raw):
    found = read(raw.encode(), "a.xml")
    assert found.prose == raw
    assert not found.error


def test_a_web_page_with_a_declaration_is_a_web_page():
    assert read(b"<?xml version='1.0'?>\n<html><p>Dear Ann</p></html>", "a.xml").prose == "Dear Ann\n"


def test_a_large_export_is_read_as_plain_text_in_bounded_memory():
    raw = b"<?xml version='1.0'?><a>" + b"<p><n>Ann</n></p>\n" * 1_000_000 + b"</a>"
    assert len(raw) > 16 << 20
    assert read(raw, "a.xml").prose.count("Ann") == 1_000_000


@settings(deadline=None)
@given(st.text(alphabet="<>/?!ab=\"' &;x:", max_size=200))
def test_any_text_behind_a_declaration_is_read(text):
    list(xml_text.texts(BytesSource(b"<?xml version='1.0'?>" + text.encode())))
