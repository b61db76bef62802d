"""Every source together: each file has one, hostile documents are read or refused, and nothing is ever made safer."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossproof.errors import FormatError
from lossproof.jobs.reported_evidence import inspection_of
from lossproof.wire.reports import Report, decode_json, is_json, read_report, sources
from lossproof.wire.table import Table
from wire.reports.reading import RECORDED, devices, document, report

FILES = sorted(path.name for path in RECORDED.iterdir() if path.suffix in {".json", ".jsonl", ".csv"})
DOCUMENTS = [name for name in FILES if name.endswith(".json")]
PAGE = (RECORDED / "README.md").read_text(encoding="utf-8")


def test_there_are_recorded_files_and_each_says_where_it_comes_from():
    assert len(FILES) >= 7
    assert all(f"`{name}`" in PAGE for name in FILES)


def test_every_source_has_a_test_file_and_its_three_functions():
    assert {one.NAME for one in sources()} == {"configmgr", "intune", "macos_script", "osquery", "windows_script"}
    for one in sources():
        assert (RECORDED.parent / f"test_{one.NAME}.py").is_file()
        assert one.TITLE and callable(one.recognises) and callable(one.read)


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_of_one_source(name):
    source, found = read_report(report(name))
    assert list(found)
    assert sum(one.recognises(report(name)) for one in sources()) == 1
    assert source.TITLE


@pytest.mark.parametrize("name", FILES)
def test_what_is_reported_becomes_a_fact(name):
    for device in devices(report(name)):
        assert len(inspection_of(device).header_sha256) == 64


def test_an_unknown_report_is_told_what_is_taken():
    with pytest.raises(FormatError) as refused:
        read_report(Report(documents=({"what": "else"},)))
    assert all(one.TITLE in refused.value.hint for one in sources())


@pytest.mark.parametrize("content", [b"{", b"[1,", b'{"a": 1} x', b"{\xff}", b"[" * 100_000, b"\xff\xfe{\x00\xd8"])
def test_json_that_is_none_is_refused(content):
    with pytest.raises(FormatError):
        decode_json(content)


def test_json_is_told_from_tables():
    assert is_json(b"\xef\xbb\xbf \n{") and is_json(b"[")
    assert not is_json(b"Asset tag,Serial\n") and not is_json(b"") and not is_json(b"PK\x03\x04")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: object, path: tuple = ()) -> list[tuple]:
    """The paths of every value inside a document."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        found += places(one, (*path, key))
    return found


def put(value: object, path: tuple, new: object) -> object:
    """A copy of a document with another value at a path."""
    changed = copy.deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return changed


def read_or_refused(one: object) -> list:
    try:
        found = devices(Report(documents=(one,)))
    except FormatError:
        return []
    for device in found:
        inspection_of(device)
    return found


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DOCUMENTS), st.randoms(use_true_random=False), anything)
def test_a_document_with_anything_anywhere_is_read_or_refused_and_never_safer(name, draw, new):
    before = document(name)
    path = draw.choice(places(before))
    found = read_or_refused(put(before, path, new))
    was = [inspection_of(one).protection for one in devices(before)]
    for device in found:
        protection = inspection_of(device).protection
        # Only the Windows laptop is protected, and another device never becomes so by a value that no document had.
        assert protection != "protected" or (name == "windows_laptop.json" and was[0] == "protected")


@settings(max_examples=100, deadline=None)
@given(anything)
def test_any_document_is_read_or_refused(one):
    read_or_refused(one)
    for form in ("lossproof-windows-evidence", "lossproof-macos-evidence"):
        read_or_refused(
            {
                "format": form,
                "disks": one,
                "volumes": one,
                "computer": one,
                "profile": one,
                "apfs": one,
                "disk_list": one,
            }
        )
    read_or_refused(
        {"system_info": one, "bitlocker_info": one, "disk_encryption": one, "block_devices": one, "usb_devices": one}
    )
    read_or_refused([{"deviceName": one, "encryptionState": one}])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=6), max_size=4), max_size=4))
def test_any_rows_below_the_headings_of_a_source_are_read(rows):
    for headings in (("Computer Name", "Protector State", "Encryption State", "Last Update Date"),):
        assert devices(Report(table=Table(headings, rows, 2))) is not None
    assert len(
        devices(Report(table=Table(("Device name", "Encryption readiness", "Encryption status"), rows, 2)))
    ) == len(rows)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(content):
    for given_bytes in (content, b"{" + content, b"\xff\xfe{\x00" + content):
        is_json(given_bytes)
        try:
            read_or_refused(decode_json(given_bytes).documents)
        except FormatError:
            continue


def test_dropping_any_answer_never_makes_a_device_safer():
    order = ["unprotected", "partial", "weak", "unknown", "protected"]
    for name in DOCUMENTS:
        before = document(name)
        was = {one.serial: inspection_of(one).protection.value for one in devices(before)}
        for path in places(before):
            for one in read_or_refused(put(before, path, None)):
                now = inspection_of(one).protection.value
                if one.serial in was and now == "protected":
                    assert order.index(now) <= order.index(was[one.serial]), (name, path)


def test_the_recorded_documents_are_in_ascii():
    for name in DOCUMENTS:
        assert json.loads((RECORDED / name).read_bytes().decode("ascii"))
