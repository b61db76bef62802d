"""The contractor's half of the stick: offenders in a register, a prison's database and an extract of police records."""

from __future__ import annotations

from datetime import timedelta

from lossproof.sample import writing
from lossproof.sample.database import Table, database
from lossproof.sample.filling import Filling, table
from lossproof.sample.people import TODAY, Person

REGISTER = "Contractor/PPO risk register v4 FINAL.csv"
CUSTODY = "Contractor/custody.db"
EXTRACT = "Contractor/PNC extract 0809.txt"


def write(filling: Filling) -> None:
    """Write the three; every offender stands in the register or in the database, or in both."""
    stream = filling.stream("contractor")
    offenders = list(filling.population.offenders)
    if not offenders:
        return
    registered = stream.take(offenders, round(len(offenders) * 0.74))
    known = {person.number for person in registered}
    others = [person for person in offenders if person.number not in known]
    _register(filling, registered)
    _custody(filling, stream.take([*others, *stream.take(registered, round(len(offenders) * 0.36))], len(offenders)))
    _extract(filling, stream.take(offenders, round(len(offenders) * 0.3)))


def _register(filling: Filling, registered: list[Person]) -> None:
    """UTF-8 with a mark, the name in one cell, an alias in some rows, who manages the offender as surname and
    initial."""
    stream = filling.stream(REGISTER)
    rows: list[list[str]] = [
        [
            "Ref",
            "Subject",
            "Also known as",
            "D of B",
            "PNC",
            "CRO",
            "Index offence",
            "RoSH",
            "Address",
            "Offender manager",
        ]
    ]
    for index, person in enumerate(registered):
        surname, forename = writing.surname(stream, person), writing.forename(stream, person)
        managers = filling.population.outsiders
        manager = stream.pick(managers)
        shown = writing.short_pnc_id(person.pnc_id) if stream.chance(0.4) else person.pnc_id
        rows.append(
            [
                f"PPO-{index + 1:04}",
                f"{forename} {surname}",
                stream.pick(("Smiler", "Big Dave", "Ginger", "Doc", "Tiny")) if stream.chance(0.1) else "",
                writing.slashes(person.born),
                shown,
                person.cro_number,
                person.offence,
                stream.pick(("Low", "Medium", "High", "V. high")),
                f"{person.street}, {person.town}, {person.postcode}",
                f"{manager.surname} {manager.forename[0]}",
            ]
        )
        filling.note(
            REGISTER,
            person,
            surname=surname,
            forename=forename,
            born=person.born,
            criminal_offence=True,
            pnc_id=person.pnc_id,
            cro_number=person.cro_number,
            postcode=person.postcode,
        )
        filling.note(REGISTER, manager, surname=manager.surname, forename=manager.forename[0])
    filling.files[REGISTER] = b"\xef\xbb\xbf" + table(rows).encode()


def _custody(filling: Filling, held: list[Person]) -> None:
    """Two tables of a database: who is held, and where they were moved, the second by prison number alone."""
    stream = filling.stream(CUSTODY)
    prisoners: list[tuple[int | str | None, ...]] = []
    moves: list[tuple[int | str | None, ...]] = []
    for index, person in enumerate(held, 1):
        with_pnc = stream.chance(0.65)
        release = TODAY + timedelta(days=stream.between(20, 2000))
        prisoners.append(
            (
                index,
                person.prison_number,
                person.surname,
                person.forename,
                person.born.isoformat(),
                person.pnc_id if with_pnc else None,
                f"{stream.pick('ABCD')}{stream.between(1, 4)}-{stream.between(1, 30):02}",
                person.offence,
                release.isoformat(),
            )
        )
        filling.note(
            CUSTODY,
            person,
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            criminal_offence=True,
            prison_number=person.prison_number,
            pnc_id=person.pnc_id if with_pnc else "",
        )
        if stream.chance(0.3):
            day = TODAY - timedelta(days=stream.between(1, 300))
            moves.append(
                (len(moves) + 1, person.prison_number, day.isoformat(), stream.pick(("Court", "Hospital", "Transfer")))
            )
            filling.note(CUSTODY, person, criminal_offence=True, prison_number=person.prison_number)
    filling.files[CUSTODY] = database(
        [
            Table(
                "prisoner",
                "id INTEGER PRIMARY KEY, noms_no TEXT, surname TEXT, forenames TEXT, born TEXT, pnc TEXT, cell TEXT,"
                " main_offence TEXT, release_date TEXT",
                prisoners,
            ),
            Table("movement", "id INTEGER PRIMARY KEY, noms_no TEXT, moved_on TEXT, reason TEXT", moves),
        ]
    )


def _extract(filling: Filling, convicted: list[Person]) -> None:
    """Printed records, one below the other, each a block of labelled lines between rules."""
    stream = filling.stream(EXTRACT)
    blocks = []
    for person in convicted:
        lines = [
            f"PNCID   : {person.pnc_id}" + (f"     CRO: {person.cro_number}" if person.cro_number else ""),
            f"NAME    : {person.surname.upper()}/{person.forename.upper()}",
            f"BORN    : {writing.slashes(person.born)}     SEX: {person.sex}",
            f"ADDRESS : {person.street.upper()}, {person.town.upper()}, {person.postcode}",
            f"LAST CONVICTION : {person.offence.upper()}     COURT: {stream.pick(('NORTHMERE', 'RAVENSBY', 'QUENBY'))} MAGISTRATES",
            f"DISPOSAL: {stream.pick(('FINE', 'COMMUNITY ORDER', 'IMPRISONMENT 6 MTHS', 'IMPRISONMENT 2 YRS'))}",
        ]
        blocks.append("\r\n".join(lines))
        filling.note(
            EXTRACT,
            person,
            surname=person.surname,
            forename=person.forename,
            born=person.born,
            criminal_offence=True,
            pnc_id=person.pnc_id,
            cro_number=person.cro_number,
            postcode=person.postcode,
        )
    rule = "\r\n" + "-" * 72 + "\r\n"
    if convicted:
        head = "*** RESTRICTED *** NAMES ENQUIRY - BATCH PRINT 08/09"
        filling.files[EXTRACT] = rule.join([head, *blocks, "END OF PRINT", ""]).encode()
