import csv
import io
import json
import re
import zipfile

import python_calamine

from lossproof.sample import clinic


def test_the_attendances_have_two_lines_above_the_heading_and_a_hidden_sheet(stick):
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stick.files[clinic.ATTENDANCES]))
    assert book.sheet_names == ["Q2", "Codes", "Apr (old)"]
    rows = book.get_sheet_by_name("Q2").to_python()
    assert rows[2][1] == "Pt surname"
    again = book.get_sheet_by_name("Apr (old)").to_python()
    assert len(rows) - 3 + len(again) - 1 == len(stick.mentions(clinic.ATTENDANCES))
    numbers = [row[4] for row in rows[3:]]
    assert any(isinstance(number, float) for number in numbers)
    assert any(isinstance(number, str) and " " in number for number in numbers)


def test_the_bed_state_is_in_an_old_encoding_with_semicolons(stick):
    text = stick.files[clinic.BEDS].decode("cp1252")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    patients = {mention.person for mention in stick.mentions(clinic.BEDS) if mention.health}
    assert len(rows) - 1 == len(patients)
    assert {len(row) for row in rows} == {9}
    assert all(re.fullmatch(r"\d{6}|[KNW]\d{6}", row[4]) for row in rows[1:])
    assert any(re.fullmatch(r"\d\d\.\d\d\.\d\d", row[2]) for row in rows[1:])


def test_the_waiting_list_is_in_utf_16_with_tabs(stick):
    content = stick.files[clinic.WAITING]
    assert content.startswith(b"\xff\xfe")
    rows = list(csv.reader(io.StringIO(content.decode("utf-16")), delimiter="\t"))
    assert len(rows) - 1 == len(stick.mentions(clinic.WAITING))
    assert all(re.fullmatch(r"\d{1,2} [A-Z][a-z]{2} \d{4}", row[2]) for row in rows[1:])


def test_the_recall_list_holds_numbers_alone(stick):
    lines = stick.texts[clinic.RECALL].split("\r\n")[2:-1]
    assert len(lines) == len(stick.mentions(clinic.RECALL))
    assert all(re.fullmatch(r"7[\d .-]+", line) for line in lines)
    assert all(not mention.surname for mention in stick.mentions(clinic.RECALL))


def test_the_exports_hold_a_row_for_each_mention(stick):
    page = stick.files[clinic.BOOKINGS].decode("ascii")
    assert page.count("<tr><td>") == len(stick.mentions(clinic.BOOKINGS))
    export = json.loads(stick.files[clinic.REGISTRATIONS])
    assert export["count"] == len(export["records"]) == len(stick.mentions(clinic.REGISTRATIONS))


def test_the_locked_archive_counts_for_nobody(stick):
    archive = zipfile.ZipFile(io.BytesIO(stick.files[clinic.LOCKED]))
    assert archive.infolist()[0].flag_bits & 1
    assert archive.read("results.csv", pwd=b"northmere").startswith(b"NHS,Name,Result")
    assert clinic.LOCKED in dict(stick.truth.not_examined)
    assert clinic.LOCKED not in {mention.file for mention in stick.truth.mentions}


def test_every_patient_can_be_counted_from_the_lists_alone(stick):
    lists = {clinic.ATTENDANCES, clinic.BEDS, clinic.WAITING}
    patients = {mention.person for mention in stick.truth.mentions if mention.health}
    listed = {mention.person for mention in stick.truth.mentions if mention.file in lists and mention.strong}
    assert patients <= listed
