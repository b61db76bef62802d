from datetime import date, datetime

import pytest

from lossproof.sample import writing
from lossproof.sample.people import populate
from lossproof.sample.stream import Stream
from sample.reading import mod_11


def test_dates_are_written_in_every_usual_way():
    day = date(1961, 4, 3)
    assert writing.slashes(day) == "03/04/1961"
    assert writing.dots(day) == "3.4.1961"
    assert writing.dashes(day) == "03-04-1961"
    assert writing.short_month(day) == "3 Apr 1961"
    assert writing.long_month(day) == "3 April 1961"
    assert writing.ordinal(day) == "3rd April 1961"
    assert writing.two_digit_year(day) == "03.04.61"


@pytest.mark.parametrize(
    ("day", "suffix"), [(1, "st"), (2, "nd"), (4, "th"), (11, "th"), (13, "th"), (21, "st"), (23, "rd")]
)
def test_ordinals_have_their_suffix(day, suffix):
    assert writing.ordinal(date(2001, 1, day)).split()[0] == f"{day}{suffix}"


@pytest.mark.parametrize("year", [1912, 1944, 2000, 2008])
def test_two_digits_of_a_year_only_where_the_century_is_not_in_doubt(year):
    assert writing.two_digit_year(date(year, 5, 6)) == f"06.05.{year}"


def test_any_date_is_read_back_as_the_same_day():
    stream = Stream(1, "dates")
    for ordinal in range(700_000, 733_000, 331):
        day = date.fromordinal(ordinal)
        text = writing.any_date(stream, day)
        plain = (
            text.replace("st ", " ")
            .replace("nd ", " ")
            .replace("rd ", " ")
            .replace("th ", " ")
            .replace("Augu ", "August ")
        )
        read = None
        for shape in ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%d %b %Y", "%d %B %Y"):
            try:
                read = datetime.strptime(plain, shape).date()
            except ValueError:
                continue
        assert read == day, text


def test_nhs_numbers_are_grouped_or_solid():
    stream = Stream(1, "nhs")
    shapes = {writing.nhs_number(stream, "7123456789") for _ in range(100)}
    assert shapes == {"7123456789", "712 345 6789", "712-345-6789", "712.345.6789"}


def test_a_slip_of_the_pen_fails_the_check():
    stream = Stream(1, "slip")
    for _ in range(100):
        assert not mod_11(writing.wrong(stream, "9434765919"))


def test_names_are_mostly_right_and_sometimes_not():
    stream = Stream(1, "slips")
    people = populate(2, 2000).patients
    surnames = [(person.surname, writing.surname(stream, person)) for person in people]
    wrong = [pair for pair in surnames if pair[0] != pair[1]]
    assert 3 < len(wrong) < 40
    for true, written in wrong:
        assert true[0] == written[0]
        assert abs(len(true) - len(written)) <= 1
    forenames = [(person.forename, writing.forename(stream, person)) for person in people]
    assert 0.9 < sum(true == written for true, written in forenames) / len(people) < 0.99
    assert any(len(written) == 1 for _, written in forenames)
    assert ("Elizabeth", "Elizabeth") in forenames
