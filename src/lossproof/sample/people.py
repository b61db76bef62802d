"""The made-up people of a stick: patients, staff and offenders, with the cases that make counting hard.

Twins, namesakes at one address, two people of one name and birth date, people who are staff or offender and patient
too. What is written of a person may differ from file to file (`writing.py`); here everybody has one true form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lossproof.sample import names, numbers, vocabulary
from lossproof.sample.stream import Stream

TODAY = date(2009, 9, 14)  # the day on which the stick was filled
_MAIL_DOMAINS = ("example.org", "example.com", "example.net", "mailbox.example", "northmere-broadband.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One made-up person. An empty field is one that the person does not have; `number` is unique on the stick."""

    number: int
    sex: str
    forename: str
    surname: str
    born: date
    street: str = ""
    town: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    married_surname: str = ""
    nhs_number: str = ""
    unit_number: str = ""
    condition: vocabulary.Condition | None = None
    nino: str = ""
    sort_code: str = ""
    account: str = ""
    job: str = ""
    pnc_id: str = ""
    cro_number: str = ""
    prison_number: str = ""
    offence: str = ""

    @property
    def full_name(self) -> str:
        """Forename and surname."""
        return f"{self.forename} {self.surname}"

    @property
    def title(self) -> str:
        """How the person is addressed in a letter."""
        return ("Mrs" if self.number % 3 else "Ms") if self.sex == "F" else "Mr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everybody on a stick. Somebody with two parts stands in both lists, once in each, as an equal value."""

    patients: tuple[Person, ...]
    staff: tuple[Person, ...]
    offenders: tuple[Person, ...]
    outsiders: tuple[Person, ...]  # general practitioners and agency staff: known by name alone

    @property
    def clinicians(self) -> tuple[Person, ...]:
        """Those who sign letters; outsiders where the stick is too small to have any staff."""
        return tuple(person for person in self.staff if person.job in vocabulary.CLINICAL_JOBS) or self.outsiders


def populate(seed: int, people: int) -> Population:
    """Exactly `people` different persons, 84 % patients, 3 % staff, 13 % offenders, and a few outsiders beside them."""
    stream = Stream(seed, "people")
    unique = _Unique()
    staff_count, offender_count = round(people * 0.03), round(people * 0.13)
    patients: list[Person] = []
    while len(patients) < people - staff_count - offender_count:
        patient = _patient(stream, unique, _someone(stream, len(patients), youngest=0))
        patients.append(patient)
        if len(patients) < people - staff_count - offender_count and (double := _double(stream, unique, patient)):
            patients.append(double)
    first = len(patients)
    staff = [_employee(stream, unique, _someone(stream, first + index, youngest=18)) for index in range(staff_count)]
    first += staff_count
    offenders = [
        _offender(stream, unique, _someone(stream, first + index, youngest=18)) for index in range(offender_count)
    ]
    first += offender_count
    for group, share in ((staff, 0.02), (offenders, 0.03)):
        for person in stream.take(group, int(len(group) * share)):
            group[group.index(person)] = both = _patient(stream, unique, person)
            patients.append(both)
    outsiders = [
        replace(
            _someone(stream, first + index, youngest=28),
            job="Agency nurse" if index % 4 == 3 else "General practitioner",
        )
        for index in range(3 + people // 250)
    ]
    return Population(
        patients=tuple(patients), staff=tuple(staff), offenders=tuple(offenders), outsiders=tuple(outsiders)
    )


class _Unique:
    """Draws again until a number is new: an issued number belongs to one person."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def draw(self, make: Callable[[], str]) -> str:
        while (value := make()) in self._taken:
            pass
        self._taken.add(value)
        return value


def relative(stream: Stream, number: int, person: Person) -> Person:
    """A next of kin of `person`, most often of the same surname and at the same telephone."""
    kin = _someone(stream, number, youngest=18)
    surname = person.surname if stream.chance(0.7) else kin.surname
    return replace(kin, surname=surname, phone=person.phone if stream.chance(0.3) else kin.phone)


def _someone(stream: Stream, number: int, *, youngest: int) -> Person:
    sex = stream.pick("FM")
    forename, surname = names.full_name(stream, sex)
    area = numbers.postcode_area(stream)
    ascii_name = names.written_in("ascii", f"{forename}.{surname}").lower()
    mailbox = "".join(letter for letter in ascii_name if letter.isalnum() or letter in ".-")
    return Person(
        number=number,
        sex=sex,
        forename=forename,
        surname=surname,
        born=TODAY - timedelta(days=365 * youngest + 5 + stream.below(365 * (93 - youngest))),
        street=names.street(stream),
        town=stream.pick(names.towns()),
        postcode=numbers.postcode(stream, area),
        phone=numbers.telephone(stream),
        email=f"{mailbox}{stream.between(1, 999)}@{stream.pick(_MAIL_DOMAINS)}",
    )


def _patient(stream: Stream, unique: _Unique, person: Person) -> Person:
    married = names.full_name(stream, "F")[1] if person.sex == "F" and stream.chance(0.008) else ""
    return replace(
        person,
        nhs_number=unique.draw(lambda: numbers.nhs_number(stream)),
        unit_number=unique.draw(lambda: f"{stream.pick('KNW')}{stream.between(100_000, 999_999)}"),
        condition=stream.common(vocabulary.CONDITIONS),
        married_surname=married,
    )


def _double(stream: Stream, unique: _Unique, person: Person) -> Person | None:
    """For one patient of fifty: a twin, a namesake in the same house, or a stranger of the same name and birth date."""
    draw = stream.below(1000)
    if draw >= 20:
        return None
    other = _someone(stream, person.number + 1, youngest=0)
    at_home = replace(
        other,
        surname=person.surname,
        street=person.street,
        town=person.town,
        postcode=person.postcode,
        phone=person.phone,
    )
    if draw < 10:
        forename = other.forename
        while forename[0] == person.forename[0]:
            forename = names.full_name(stream, other.sex)[0]
        other = replace(at_home, forename=forename, born=person.born)
    elif draw < 18:
        other = replace(at_home, sex=person.sex, forename=person.forename)
    else:
        other = replace(other, sex=person.sex, forename=person.forename, surname=person.surname, born=person.born)
    return _patient(stream, unique, other)


def _employee(stream: Stream, unique: _Unique, person: Person) -> Person:
    sort_code, account = numbers.bank_account(stream)
    mailbox = person.email.partition("@")[0].rstrip("0123456789")
    return replace(
        person,
        nino=unique.draw(lambda: numbers.nino(stream)),
        sort_code=sort_code,
        account=account,
        job=stream.common(vocabulary.JOBS),
        email=f"{mailbox}{person.number}@northmere-infirmary.example",
    )


def _offender(stream: Stream, unique: _Unique, person: Person) -> Person:
    first_year = max(1975, person.born.year + 16)
    year = stream.between(min(first_year, 2008), 2008)
    return replace(
        person,
        pnc_id=unique.draw(lambda: numbers.pnc_id(stream, year)),
        cro_number=unique.draw(lambda: numbers.cro_number(stream, year)) if stream.chance(0.65) else "",
        prison_number=unique.draw(lambda: numbers.prison_number(stream)),
        offence=stream.common(vocabulary.OFFENCES),
    )
