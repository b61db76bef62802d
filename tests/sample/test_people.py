from collections import Counter

import pytest

from lossproof.sample.people import populate, relative
from lossproof.sample.stream import Stream


@pytest.fixture(scope="module")
def population():
    return populate(3, 3000)


@pytest.mark.parametrize("people", [1, 2, 3, 7, 10, 100, 3000])
def test_there_are_exactly_as_many_people_as_asked(people):
    population = populate(3, people)
    everybody = {person.number for person in (*population.patients, *population.staff, *population.offenders)}
    assert len(everybody) == people
    assert population.clinicians


def test_the_shares_are_84_and_3_and_13_percent(population):
    assert len(population.staff) == 90
    assert len(population.offenders) == 390
    assert len(population.patients) == 2520 + 1 + 11


def test_people_with_two_parts_stand_in_both_lists_as_one(population):
    patients = {person.number: person for person in population.patients}
    both = [person for person in (*population.staff, *population.offenders) if person.number in patients]
    assert len(both) == 12
    for person in both:
        assert patients[person.number] == person
        assert person.nhs_number


def test_issued_numbers_belong_to_one_person(population):
    for people, kind in (
        (population.patients, "nhs_number"),
        (population.patients, "unit_number"),
        (population.staff, "nino"),
        (population.offenders, "pnc_id"),
        (population.offenders, "prison_number"),
    ):
        values = [getattr(person, kind) for person in people]
        assert all(values)
        assert len(set(values)) == len(values)


def test_twins_namesakes_and_strangers_of_one_name_and_birth_date_are_there(population):
    homes = Counter((person.surname, person.postcode, person.born) for person in population.patients)
    twins = [home for home, count in homes.items() if count > 1]
    namesakes = Counter((person.surname, person.forename, person.postcode) for person in population.patients)
    strangers = Counter((person.surname, person.forename, person.born) for person in population.patients)
    assert twins
    assert any(count > 1 for count in namesakes.values())
    assert any(count > 1 for count in strangers.values())


def test_twins_have_other_initials(population):
    homes = {}
    for person in population.patients:
        homes.setdefault((person.surname, person.postcode, person.born), []).append(person.forename[0])
    assert all(len(set(initials)) == len(initials) for initials in homes.values())


def test_outsiders_have_names_and_nothing_strong(population):
    for person in population.outsiders:
        assert person.forename and person.surname
        assert not (person.nhs_number or person.nino or person.pnc_id or person.prison_number)


def test_relatives_often_share_the_surname(population):
    stream = Stream(1, "kin")
    person = population.patients[0]
    kin = [relative(stream, 10 + index, person) for index in range(100)]
    assert 40 < sum(one.surname == person.surname for one in kin) < 95
