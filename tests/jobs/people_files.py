"""Made-up people as files, to put beside whatever is bad: whatever happens to the rest, they must be found."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lossproof.model.verdict import Verdict
from lossproof.sample.people import Person, populate

GOOD = "good people.csv"
COUNT = 7
HARMLESS = b"The garden is green and the bread rises slowly.\r\n" * 40


@cache
def somebody(count: int = COUNT, seed: int = 5) -> tuple[Person, ...]:
    """So many different people, each with a NHS number, a name and a birth date."""
    found: dict[tuple[str, str], Person] = {}
    for person in populate(seed, 40 + 4 * count).patients:
        found.setdefault((person.surname, person.nhs_number[:3]), person)
    return tuple({person.surname: person for person in found.values()}.values())[:count]


def table(people: tuple[Person, ...] | None = None) -> bytes:
    """People as a table."""
    rows = [
        f"{one.nhs_number},{one.surname},{one.forename},{one.born.isoformat()}"
        for one in (somebody() if people is None else people)
    ]
    assert rows
    return "\r\n".join(["NHS number,Surname,Forename,Date of birth", *rows, ""]).encode()


def with_people(folder: Path) -> Path:
    """The folder, made if need be, with the good table in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GOOD).write_bytes(table())
    return folder


def skipped(answer: Verdict) -> dict[str, str]:
    """Path to reason of everything that was not examined; each has a sentence or says it by its reason alone."""
    assert answer.holding is not None
    return {one.path: one.reason for one in answer.holding.not_examined}


def codes(answer: Verdict) -> list[str]:
    """The codes of the reasons."""
    return [reason.code for reason in answer.reasons]
