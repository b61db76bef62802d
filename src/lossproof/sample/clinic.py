"""The hospital's half of the stick: lists of patients in the shapes in which wards and clinics keep them."""

from __future__ import annotations

import html
import json
from datetime import date, datetime, timedelta

from lossproof.sample import people, vocabulary, writing
from lossproof.sample.archive import zipped
from lossproof.sample.filling import Filling, table
from lossproof.sample.names import written_in
from lossproof.sample.people import TODAY, Person
from lossproof.sample.stream import Stream
from lossproof.sample.workbook import Cell, Sheet, workbook

ATTENDANCES = "Outpatients/OPD attendances Q2.xlsx"
RECALL = "Outpatients/to recall - numbers only.txt"
LOCKED = "Outpatients/Clinic results (password protected).zip"
BEDS = "Wards/Bed state 14-09-09.csv"
WAITING = "Wards/Waiting list (routine).txt"
BOOKINGS = "Exports/Theatre bookings.html"
REGISTRATIONS = "Exports/new registrations.json"
_WRITTEN = datetime(2009, 9, 14, 17, 20)
_OLD_CHARACTERS = "cp1252"


def write(filling: Filling) -> None:
    """Write every list. Each patient stands in the attendances, or in the bed state or the waiting list, or in
    several."""
    stream = filling.stream("clinic")
    patients = list(filling.population.patients)
    attended = stream.take(patients, round(len(patients) * 0.66))
    known = {person.number for person in attended}
    others = [person for person in patients if person.number not in known]
    on_ward = [person for person in others if stream.chance(0.5)]
    warded = {person.number for person in on_ward}
    waiting = [person for person in others if person.number not in warded or stream.chance(0.15)]
    _attendances(filling, attended)
    _bed_state(filling, stream.take([*on_ward, *stream.take(attended, len(attended) // 5)], len(patients)))
    _waiting_list(filling, stream.take([*waiting, *stream.take(attended, len(attended) // 5)], len(patients)))
    _recall(filling, stream.take(attended, len(attended) * 3 // 10) + stream.take(others, len(patients) // 120))
    _bookings(filling, stream.take(attended, len(patients) // 25))
    _registrations(filling, stream.take(patients, len(patients) // 25))
    _locked(filling, stream.take(patients, 40))


def _attendances(filling: Filling, attended: list[Person]) -> None:
    """A workbook with two lines above its heading, a sheet of codes, and a hidden sheet with some rows again."""
    stream = filling.stream(ATTENDANCES)
    heading: list[Cell] = [
        "Seen",
        "Pt surname",
        "Given name(s)",
        "Birth date",
        "NHS no.",
        "Contact no",
        "Home postcode",
        "ICD",
        "Impression",
    ]
    rows: list[list[Cell]] = [
        ["Outpatient attendances Apr-Sep 2009"],
        ["Printed for Directorate - do not file in notes"],
        heading,
    ]
    rows += [_attendance(filling, stream, person) for person in attended]
    again: list[list[Cell]] = [heading]
    again += [_attendance(filling, stream, person) for person in stream.take(attended, len(attended) // 12)]
    codes: list[list[Cell]] = [["Code", "Meaning"]]
    codes += [[item.code, item.words] for item in vocabulary.CONDITIONS]
    sheets = [Sheet("Q2", rows), Sheet("Codes", codes), Sheet("Apr (old)", again, hidden=True)]
    if attended:
        filling.files[ATTENDANCES] = workbook(sheets, _WRITTEN)


def _attendance(filling: Filling, stream: Stream, person: Person) -> list[Cell]:
    surname, forename = writing.surname(stream, person), writing.forename(stream, person)
    if person.married_surname and stream.chance(0.5):
        surname = person.married_surname
    number = person.nhs_number if not stream.chance(0.02) else ""
    slip = bool(number) and stream.chance(0.004)
    shown = writing.wrong(stream, number) if slip else number
    written: Cell = int(shown) if shown and stream.chance(0.5) else writing.nhs_number(stream, shown) if shown else None
    born = person.born
    if born.day <= 12 and number and not slip and stream.chance(0.004):
        born = born.replace(day=born.month, month=born.day)
    phone = person.phone if stream.chance(0.85) else ""
    condition = _condition(person)
    filling.note(
        ATTENDANCES,
        person,
        surname=surname,
        forename=forename,
        born=born,
        health=True,
        nhs_number="" if slip else number,
        phone=phone.replace(" ", ""),
        postcode=person.postcode,
    )
    seen = TODAY - timedelta(days=stream.between(1, 150))
    return [
        seen,
        surname,
        forename,
        _sheet_date(born),
        written,
        phone,
        person.postcode,
        condition.code,
        condition.words,
    ]


def _condition(person: Person) -> vocabulary.Condition:
    return person.condition or vocabulary.CONDITIONS[0]


def _sheet_date(day: date) -> Cell:
    """A date as a cell; the format of workbooks has none before March 1900, so that those stand as text."""
    return day if day > date(1900, 3, 1) else writing.slashes(day)


def _bed_state(filling: Filling, on_ward: list[Person]) -> None:
    """Semicolons, cp1252, surname in capitals with the title behind it, and a next of kin in one row of four."""
    stream = filling.stream(BEDS)
    rows: list[list[str]] = [["Bed", "Patient", "D.O.B.", "Age", "Unit no", "Home PC", "Admitted with", "Under", "NOK"]]
    for index, person in enumerate(on_ward):
        surname, forename = writing.surname(stream, person), writing.forename(stream, person)
        maiden = f" (née {person.surname})" if person.married_surname else ""
        surname = person.married_surname or surname
        postcode = person.postcode if stream.chance(0.9) else ""
        consultant = stream.pick(filling.population.clinicians)
        kin = people.relative(stream, filling.relative_number(), person) if stream.chance(0.25) else None
        rows.append(
            [
                f"{1 + index // 28}/{1 + index % 28:02}",
                f"{surname.upper()} {forename} ({person.title}){maiden}",
                writing.two_digit_year(person.born) if stream.chance(0.3) else writing.slashes(person.born),
                str((TODAY - person.born).days // 365),
                person.unit_number,
                postcode,
                _condition(person).words,
                f"Dr {consultant.surname}",
                f"{kin.full_name} {kin.phone}" if kin else "",
            ]
        )
        filling.note(
            BEDS,
            person,
            surname=surname,
            forename=forename,
            born=person.born,
            health=True,
            postcode=postcode,
            hospital_number=person.unit_number,
        )
        if kin:
            filling.name_only(BEDS, kin, phone=kin.phone.replace(" ", ""))
    if on_ward:
        filling.files[BEDS] = written_in(_OLD_CHARACTERS, table(rows, delimiter=";")).encode(_OLD_CHARACTERS)


def _waiting_list(filling: Filling, waiting: list[Person]) -> None:
    """Tabs, UTF-16 with its mark, surname before a comma, dates with the month in letters."""
    stream = filling.stream(WAITING)
    rows: list[list[str]] = [["Added", "Name", "Born", "PC", "Daytime tel", "For", "Wks"]]
    for person in waiting:
        surname, forename = writing.surname(stream, person), writing.forename(stream, person)
        phone = person.phone if stream.chance(0.9) else ""
        added = stream.between(7, 126)
        rows.append(
            [
                writing.dashes(TODAY - timedelta(days=added)),
                f"{surname}, {forename}",
                writing.short_month(person.born),
                person.postcode,
                writing.phone(stream, phone) if phone else "n/a",
                _condition(person).procedure,
                str(added // 7),
            ]
        )
        filling.note(
            WAITING,
            person,
            surname=surname,
            forename=forename,
            born=person.born,
            health=True,
            postcode=person.postcode,
            phone=phone.replace(" ", ""),
        )
    if waiting:
        filling.files[WAITING] = b"\xff\xfe" + table(rows, delimiter="\t").encode("utf-16-le")


def _recall(filling: Filling, recalled: list[Person]) -> None:
    """Nothing but numbers: some of people who elsewhere stand by name alone, with nothing to join the two."""
    stream = filling.stream(RECALL)
    lines = ["Please pull these for Dr's list", ""]
    for person in stream.take(recalled, len(recalled)):
        lines.append(writing.nhs_number(stream, person.nhs_number))
        filling.note(RECALL, person, nhs_number=person.nhs_number)
    if recalled:
        filling.files[RECALL] = "\r\n".join([*lines, ""]).encode()


def _bookings(filling: Filling, booked: list[Person]) -> None:
    """A table of a web page, accented letters as entities."""
    stream = filling.stream(BOOKINGS)
    cells = []
    for person in booked:
        when = TODAY + timedelta(days=stream.between(1, 60))
        row = (
            f"{when:%d/%m/%Y} {stream.between(8, 17):02}:{stream.pick(('00', '30'))}",
            f"{person.title} {person.full_name}",
            writing.long_month(person.born),
            writing.nhs_number(stream, person.nhs_number),
            _condition(person).procedure,
        )
        cells.append("".join(f"<td>{_entities(cell)}</td>" for cell in row))
        filling.note(
            BOOKINGS,
            person,
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            health=True,
            nhs_number=person.nhs_number,
        )
    headings = "".join(
        f"<th>{title}</th>" for title in ("Slot", "Patient", "Date of birth", "NHS&nbsp;No", "Operation")
    )
    rows = "".join(f"<tr>{row}</tr>\n" for row in cells)
    page = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN">\n<html><head><title>Theatre bookings</title>'
        "<style>td{padding:2px 6px}</style><script>var built=1252920000;</script></head>\n"
        f"<body><h1>Theatre 3 &ndash; bookings</h1><table border=1><tr>{headings}</tr>\n{rows}</table></body></html>\n"
    )
    if booked:
        filling.files[BOOKINGS] = page.encode("ascii")


def _entities(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode()


def _registrations(filling: Filling, registered: list[Person]) -> None:
    """An export in JSON, names in an object of their own, the number as text with spaces."""
    stream = filling.stream(REGISTRATIONS)
    records = []
    for person in registered:
        with_number = stream.chance(0.9)
        records.append(
            {
                "registered": (TODAY - timedelta(days=stream.between(1, 90))).isoformat(),
                "patient": {
                    "familyName": person.surname,
                    "givenName": person.forename,
                    "birthDate": person.born.isoformat(),
                    "nhsNumber": writing.nhs_number(stream, person.nhs_number) if with_number else None,
                },
                "contact": {
                    "address": [person.street, person.town],
                    "postcode": person.postcode,
                    "mobile": person.phone,
                },
                "referral": {"reason": _condition(person).words, "specialty": _condition(person).clinic},
            }
        )
        filling.note(
            REGISTRATIONS,
            person,
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            health=True,
            nhs_number=person.nhs_number if with_number else "",
            postcode=person.postcode,
            phone=person.phone.replace(" ", ""),
        )
    if registered:
        export = {"export": "PAS registrations", "count": len(records), "records": records}
        filling.files[REGISTRATIONS] = (json.dumps(export, ensure_ascii=False, indent=1) + "\n").encode()


def _locked(filling: Filling, tested: list[Person]) -> None:
    """An encrypted archive: nobody in it can be counted, so nobody in it is in the truth through it."""
    stream = filling.stream(LOCKED)
    rows = [["NHS", "Name", "Result"]]
    rows += [[person.nhs_number, person.full_name, stream.pick(("positive", "negative"))] for person in tested]
    content = table(rows).encode()
    filling.files[LOCKED] = zipped([("results.csv", content)], _WRITTEN, password=b"northmere", stream=stream)
    filling.not_examined[LOCKED] = "encrypted"
