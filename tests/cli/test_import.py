"""`lossproof import` as it is typed."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from cli.desk import assert_refused
from wire.reports.reading import RECORDED

LIST = "Asset tag,Serial,Type,Assigned to\r\nT-1,PF0001,Laptop,a.nobody@example.org\r\nT-2,,Spaceship,\r\n=T-3,AA04012700017,USB stick,\r\n"


@pytest.fixture
def listed(desk) -> Path:
    path = desk.folder / "assets.csv"
    path.write_text(LIST, newline="")
    return path


def take(desk, *words: object):
    return desk.say("import", *words, "--ledger", desk.store, *desk.unlock)


def test_a_dry_run_says_what_would_be_done(desk, listed):
    before = desk.shown()["size"]
    said = take(desk, listed, "--dry-run")
    assert said.status == 1 and said.err == ""
    assert "columns: Asset tag = asset tag, Serial = serial, Type = kind, Assigned to = holder" in said.out
    assert "row 3: the kind of device is not a word that is known" in said.out
    assert said.out.endswith("3 rows: 2 new, 0 changed, 0 known, 1 with errors (dry run: nothing was changed)\n")
    assert desk.shown()["size"] == before


def test_a_list_is_taken_in_and_what_was_wrong_can_be_corrected_and_taken_in(desk, listed):
    wrong = desk.folder / "wrong.csv"
    said = take(desk, listed, "--errors", wrong)
    assert (said.status, "2 new" in said.out, "1 with errors" in said.out) == (1, True, True)
    assert desk.shown("=T-3")["kind"] == "stick"
    rows = list(csv.reader(wrong.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][-1] == "What is wrong" and rows[1][:3] == ["T-2", "", "Spaceship"]
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("Spaceship", "Tablet"), encoding="utf-8")
    said = take(desk, wrong)
    assert (said.status, "1 rows: 1 new" in said.out.replace("1 row:", "1 rows:")) == (0, True), said
    assert desk.shown("T-2")["kind"] == "tablet"


def test_an_import_that_is_interrupted_leaves_whole_rows_and_the_next_goes_on(desk, listed, monkeypatch):
    from lossproof.jobs import importing
    from lossproof.ledger.log import Writer

    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 1)
    real, calls = Writer.state_many, []

    def pressed(writer, key, statements):
        calls.append(statements)
        leaves = real(writer, key, statements)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return leaves

    before = desk.shown()["size"]
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "state_many", pressed)
        said = take(desk, listed)
    assert said.status == 130 and "import the file again to go on" in said.err
    assert desk.shown()["size"] == before + 1 and desk.shown("T-1")["kind"] == "laptop"
    kept = sqlite3.connect(desk.store).execute("SELECT COUNT(*) FROM ledger_erasable WHERE value = '=T-3'").fetchone()
    assert kept == (0,)
    said = take(desk, listed)
    assert "1 new, 0 changed, 1 known, 1 with errors" in said.out


def test_a_mapping_is_saved_and_used_again(desk, listed):
    mapping = desk.folder / "mapping.json"
    take(desk, listed, "--save-mapping", mapping, "--dry-run")
    saved = json.loads(mapping.read_text())
    assert saved["columns"]["asset_tag"] == "Asset tag"
    saved["kinds"] = {"Spaceship": "other"}
    mapping.write_text(json.dumps(saved))
    said = take(desk, listed, "--mapping", mapping, "--json")
    assert said.status == 0
    shape = said.shape
    assert shape["counts"] == {"new": 3, "changed": 0, "known": 0, "error": 0}
    assert set(shape) == {"kind", "dry_run", "columns", "counts", "rows"}
    assert set(shape["rows"][0]) == {"row", "status", "device", "reason"}
    assert take(desk, listed, "--mapping", mapping, "--json").shape["counts"]["known"] == 3


def test_a_report_is_recorded_once_and_graded_imported(desk):
    path = RECORDED / "windows_laptop.json"
    said = take(desk, path)
    assert said.status == 0, said
    assert "computer 1: recorded, reported as protected, registered just now" in said.out
    assert "graded imported" in said.out
    (event,) = [one for one in desk.shown("PF3K2M9X")["facts"] if one["kind"] == "inspection"]
    assert (event["grade"], event["true_at"]) == ("imported", "2026-11-20T08:15:00Z")
    shape = take(desk, path, "--json").shape
    assert shape["counts"] == {"recorded": 0, "known": 2, "sighted": 0, "unregistered": 0, "error": 0}
    assert set(shape["devices"][0]) == {"place", "status", "device", "registered", "protection", "reason"}


def test_a_report_without_a_time_is_as_old_as_it_is_said_to_be(desk):
    desk.done("device", "laptop", "--asset-tag", "IT-0042")
    wrong = desk.folder / "wrong.csv"
    said = take(desk, RECORDED / "intune.json", "--as-of", "2026-11-19", "--errors", wrong)
    assert said.status == 1
    assert desk.shown("IT-0042")["facts"][-1]["true_at"] == "2026-11-19T00:00:00Z"
    assert len(wrong.read_text(encoding="utf-8-sig").splitlines()) == 3


def test_what_cannot_be_read_is_refused_and_nothing_happens(desk, listed):
    before = desk.shown()["size"]
    other = desk.folder / "other.json"
    other.write_text('{"a": 1}')
    assert_refused(take(desk, other), 10, "no report that is known", "Get-LossproofEvidence")
    assert_refused(take(desk, desk.folder / "missing.csv"), 16)
    other.write_text("Colour,Size\nred,1\nblue,2\n")
    assert_refused(take(desk, other), 10)
    other.write_text("{}")
    assert_refused(take(desk, listed, "--mapping", other), 10, "mapping")
    assert_refused(take(desk, listed, "--as-of", "yesterday"), 16, "2026-11-23")
    assert_refused(take(desk, listed, "--errors", listed), 16)
    assert desk.shown()["size"] == before


def test_a_workbook_is_a_list_too(desk):
    from discover.test_table_file import ROWS, workbook

    path = desk.folder / "assets.xlsx"
    notes = [["Made by", "IT"], ["on", "Monday"]]
    path.write_bytes(workbook(notes, ROWS, [["x"]]))
    assert take(desk, path).status == 0
    assert desk.shown("T-1")["kind"] == "laptop"


def test_no_sheet_of_a_workbook_is_left_out_in_silence(desk):
    from discover.test_table_file import ROWS, workbook

    path = desk.folder / "assets.xlsx"
    path.write_bytes(workbook(ROWS, [ROWS[0], ["T-9", "Z9", "Laptop"]]))
    assert_refused(take(desk, path), 10, "several sheets of the file list devices", "one sheet")


def test_a_list_of_headings_alone_is_refused_as_such(desk):
    path = desk.folder / "assets.csv"
    path.write_text("Asset tag,Serial number\n")
    assert_refused(take(desk, path), 10, "no rows below the headings")
