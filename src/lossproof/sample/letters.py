"""Letters about patients, in five wordings and three formats, and the mails that carried lists of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from lossproof.sample import people, writing
from lossproof.sample.archive import zipped
from lossproof.sample.documents import Letter, docx, pdf
from lossproof.sample.filling import Filling, table
from lossproof.sample.mail import Attachment, message
from lossproof.sample.names import written_in
from lossproof.sample.people import TODAY, Person
from lossproof.sample.stream import Stream
from lossproof.sample.vocabulary import CONDITIONS

BACKUP = "Old stick/ward copy Aug.zip"
_LETTERHEAD = (
    "NORTHMERE INFIRMARY",
    "Coldharbour Road, Northmere  LE70 0AA",
    "Switchboard 01632 960000   Secretaries 01632 960014",
)


class Case(NamedTuple):
    """What a letter is about: the patient, who writes, who gets a copy, a next of kin if any, and how things are
    written."""

    patient: Person
    author: Person
    practitioner: Person
    kin: Person | None
    nhs_number: str
    born: str
    written: date
    reference: str


def write(filling: Filling) -> None:
    """Write the letters, the mails, and an old archive with a list and an archive of letters in it."""
    stream = filling.stream("letters")
    patients = filling.population.patients
    count = max(1, len(patients) // 18)
    for index, person in enumerate(stream.take(patients, count)):
        kind = ("docx", "txt", "pdf")[index % 3]
        initials = written_in("ascii", person.forename[0] + person.surname[0]).upper()
        path = f"Letters/{2008 + index % 2}/{initials} {1041 + index} {_subject(index)}.{kind}"
        filling.files[path] = _letter(filling, stream, person, path, kind, index)
    _backup(filling, stream)
    if len(filling.population.staff) > 1:
        for index in range(max(2, len(patients) // 300)):
            _mail(filling, stream, index)


def _subject(index: int) -> str:
    return ("clinic letter", "discharge", "to GP", "DNA", "appointment")[index % 5]


def _letter(
    filling: Filling, stream: Stream, person: Person, path: str, kind: str, index: int, inside: str = ""
) -> bytes:
    """One letter as a file of its kind, its people noted under `path`."""
    with_number = stream.chance(0.7)
    case = Case(
        patient=person,
        author=stream.pick(filling.population.clinicians),
        practitioner=stream.pick(filling.population.outsiders),
        kin=people.relative(stream, filling.relative_number(), person) if stream.chance(0.3) else None,
        nhs_number=writing.nhs_number(stream, person.nhs_number) if with_number else "",
        born=writing.any_date(stream, person.born),
        written=TODAY - timedelta(days=stream.between(2, 500)),
        reference=f"{stream.pick(('NM', 'CL', 'ST'))}/{stream.between(100, 999)}/{index}",
    )
    letter = _WORDINGS[index % len(_WORDINGS)](case)
    filling.note(
        path,
        person,
        inside=inside,
        surname=person.surname,
        forename=person.forename,
        born=person.born,
        health=True,
        nhs_number=person.nhs_number if with_number else "",
        postcode=person.postcode,
        phone=person.phone.replace(" ", "") if person.phone in letter.text() else "",
    )
    filling.name_only(path, case.author, inside=inside)
    filling.name_only(path, case.practitioner, inside=inside)
    if case.kin:
        filling.name_only(path, case.kin, inside=inside, phone=case.kin.phone.replace(" ", ""))
    if kind == "docx":
        return docx(letter, datetime.combine(case.written, datetime.min.time()), stream)
    if kind == "pdf":
        return pdf(letter)
    text = letter.text().replace("\n", "\r\n")
    return text.encode() if index % 2 else written_in("cp1252", text).encode("cp1252")


def _to_practitioner(case: Case) -> Letter:
    patient, condition = case.patient, case.patient.condition or CONDITIONS[0]
    lines = [
        f"Our ref: {case.reference}",
        f"Date dictated {writing.slashes(case.written)}",
        "",
        f"Dr {case.practitioner.full_name}",
        "The Surgery",
        f"{case.practitioner.street}, {case.practitioner.town}",
        "",
        f"Dear Dr {case.practitioner.surname}",
        "",
        f"Re: {patient.full_name}   DOB {case.born}",
        f"{patient.street}, {patient.town}, {patient.postcode}",
        *([f"NHS No {case.nhs_number}"] if case.nhs_number else []),
        "",
        f"Diagnosis: {condition.words}",
        "",
        f"I reviewed this {_age(patient, case.written)} year old in the {condition.clinic} clinic. "
        f"We have agreed to start {condition.medicine} and I have listed "
        f"{'her' if patient.sex == 'F' else 'him'} for {condition.procedure.lower()}.",
        *_kin(case, "is aware of the plan and can be rung on"),
        "",
        "Yours sincerely",
        "",
        f"Dr {case.author.full_name}",
        case.author.job,
    ]
    return Letter(_LETTERHEAD, lines)


def _discharge(case: Case) -> Letter:
    patient, condition = case.patient, case.patient.condition or CONDITIONS[0]
    rows = [
        ("Name", f"{patient.surname.upper()}, {patient.forename}"),
        ("Date of birth", case.born),
        ("NHS number", case.nhs_number or "not recorded"),
        ("Address", f"{patient.street}, {patient.town} {patient.postcode}"),
        ("Admitted", writing.slashes(case.written - timedelta(days=4))),
        ("Discharged", writing.slashes(case.written)),
    ]
    lines = [
        "DISCHARGE SUMMARY",
        "",
        "",
        f"Main problem: {condition.words} ({condition.code})",
        f"Done: {condition.procedure}",
        f"Medicines to take home: {condition.medicine}",
        *_kin(case, "took the patient home, tel"),
        f"Copy to GP: Dr {case.practitioner.full_name}",
        f"Signed: {case.author.full_name}, {case.author.job}",
    ]
    return Letter(_LETTERHEAD, lines, rows, 2)


def _to_patient(case: Case) -> Letter:
    patient, condition = case.patient, case.patient.condition or CONDITIONS[0]
    lines = [
        f"{patient.title} {patient.full_name}",
        patient.street,
        patient.town,
        patient.postcode,
        "",
        writing.ordinal(case.written),
        f"Our reference {case.reference}",
        "",
        f"Dear {patient.title} {patient.surname}",
        "",
        f"Your results are back and they confirm {condition.words}. Please come to the {condition.clinic} clinic to talk about "
        f"{condition.procedure.lower()}.",
        "Please check that what we hold about you is right:",
        f"    Born: {case.born}",
        *([f"    NHS number: {case.nhs_number}"] if case.nhs_number else []),
        f"    Telephone: {patient.phone}",
        *_kin(case, "is the person to tell in an emergency, on"),
        "",
        "With best wishes",
        f"{case.author.full_name} ({case.author.job})",
        "",
        f"cc Dr {case.practitioner.full_name}",
    ]
    return Letter(_LETTERHEAD, lines)


def _did_not_attend(case: Case) -> Letter:
    patient, condition = case.patient, case.patient.condition or CONDITIONS[0]
    lines = [
        f"{writing.long_month(case.written)}                                   {case.reference}",
        "",
        f"Patient  : {patient.title} {patient.full_name}",
        f"d.o.b.   : {case.born}",
        *([f"NHS      : {case.nhs_number}"] if case.nhs_number else []),
        f"Postcode : {patient.postcode}",
        "",
        f"Dear Dr {case.practitioner.full_name},",
        "",
        f"{patient.title} {patient.surname} did not attend the {condition.clinic} clinic today. With {condition.words} I would not",
        "wish to discharge without a review; a second appointment has been sent.",
        *_kin(case, "had rung the ward, from"),
        "",
        f"pp {case.author.full_name}",
        "dictated but not signed",
    ]
    return Letter(_LETTERHEAD, lines)


def _appointment(case: Case) -> Letter:
    patient, condition = case.patient, case.patient.condition or CONDITIONS[0]
    when = case.written + timedelta(days=21)
    lines = [
        f"PRIVATE AND CONFIDENTIAL - {case.reference}",
        f"To: {patient.forename} {patient.surname}",
        f"    {patient.street}, {patient.town}, {patient.postcode}",
        "",
        f"{condition.procedure} - your appointment",
        f"We look forward to seeing you on {writing.long_month(when)} at 10.40, to help with your {condition.words}.",
        "Bring this letter. If your particulars are wrong tell the desk:",
        f"Date of birth {case.born}{'; NHS No. ' + case.nhs_number if case.nhs_number else ''}",
        *_kin(case, "may come with you; we rang on"),
        f"Your doctor: Dr {case.practitioner.full_name}. Clinic run by {case.author.full_name}, {case.author.job}.",
    ]
    return Letter(_LETTERHEAD, lines)


_WORDINGS: tuple[Callable[[Case], Letter], ...] = (
    _to_practitioner,
    _discharge,
    _to_patient,
    _did_not_attend,
    _appointment,
)


def _age(patient: Person, day: date) -> int:
    return max(0, (day - patient.born).days // 365)


def _kin(case: Case, words: str) -> list[str]:
    return [f"Next of kin {case.kin.full_name} {words} {case.kin.phone}."] if case.kin else []


def _backup(filling: Filling, stream: Stream) -> None:
    """An archive with a list of patients in it, and in that an archive of letters."""
    patients = filling.population.patients
    rows = [["NHS_NO", "SURNAME", "FIRST_NAME", "DATE_OF_BIRTH", "SEX", "POSTCODE", "DIAG"]]
    for person in stream.take(patients, max(1, len(patients) // 12)):
        condition = person.condition or CONDITIONS[0]
        rows.append(
            [
                person.nhs_number,
                person.surname.upper(),
                person.forename.upper(),
                person.born.isoformat(),
                person.sex,
                person.postcode,
                condition.words,
            ]
        )
        filling.note(
            BACKUP,
            person,
            inside="ward/list.csv",
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            health=True,
            nhs_number=person.nhs_number,
            postcode=person.postcode,
        )
    letters = []
    for index, person in enumerate(stream.take(patients, 18)):
        kind = ("docx", "pdf", "txt")[index % 3]
        name = f"old letter {index + 1}.{kind}"
        letters.append((name, _letter(filling, stream, person, BACKUP, kind, index, f"ward/letters.zip/{name}")))
    saved = datetime(2009, 8, 28, 16, 5)
    filling.files[BACKUP] = zipped(
        [("ward/list.csv", table(rows).encode()), ("ward/letters.zip", zipped(letters, saved))], saved
    )


def _mail(filling: Filling, stream: Stream, index: int) -> None:
    """A mail between two of the staff: one patient in its body, and a list attached to two of three."""
    sender, recipient = stream.take(filling.population.staff, 2)
    patients = filling.population.patients
    path = f"Mail/{index + 1:03} FW list for {('Monday', 'ward round', 'audit')[index % 3]}.eml"
    asked = stream.pick(patients)
    filling.note(
        path,
        asked,
        surname=asked.surname,
        forename=asked.forename,
        nhs_number=asked.nhs_number,
        health=True,
    )
    for person in (sender, recipient):
        filling.name_only(path, person, email=person.email)
    attachment = None
    if index % 3 < 2:
        rows = [["patient", "born", "mobile", "e-mail"]]
        for person in stream.take(patients, stream.between(6, 20)):
            rows.append([person.full_name, writing.dots(person.born), person.phone, person.email])
            filling.note(
                path,
                person,
                inside="list.csv",
                surname=person.surname,
                forename=person.forename,
                born=person.born,
                phone=person.phone.replace(" ", ""),
                email=person.email,
            )
        attachment = Attachment("list.csv", "text/csv; charset=utf-8", table(rows, delimiter=";").encode())
    number = writing.nhs_number(stream, asked.nhs_number)
    condition = asked.condition or CONDITIONS[0]
    filling.files[path] = message(
        sender=(sender.full_name, sender.email),
        recipient=(recipient.full_name, recipient.email),
        subject=f"FW: list – {condition.clinic}",
        sent_at=datetime(2009, 9, 1 + index % 13, 8 + index % 9, index % 60, index % 47),
        body=(
            f"Morning {recipient.forename},\n\nhave we had anything back on {asked.full_name} ({number})? The query was "
            f"{condition.words}.\n{'The rest are in the attachment. ' if attachment else ''}Needed before five.\n\n"
            f"Thanks\n{sender.forename}\n--\n{sender.full_name} | {sender.job} | Northmere Infirmary | ext 4{index % 1000:03}\n"
        ),
        attachment=attachment,
    )
