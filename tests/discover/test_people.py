"""People are counted by rules that can be explained, and the range is honest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lossproof.discover.mention import Mention
from lossproof.discover.people import link


def nhs(number: str) -> tuple[tuple[str, str], ...]:
    return (("nhs_number", number),)


ANN = Mention(surname="SMITH", forename="ANN", born="1950-01-01", postcode="AB1 2CD")


def test_one_number_is_one_person_even_where_the_birth_dates_disagree() -> None:
    linked = link([ANN._replace(strong=nhs("1")), ANN._replace(strong=nhs("1"), born="1950-01-02")])
    assert linked.people.point == 1
    assert linked.rests_on == {"R1": 1}


def test_two_numbers_are_two_people_even_where_all_else_agrees() -> None:
    assert link([ANN._replace(strong=nhs("1")), ANN._replace(strong=nhs("2"))]).people.point == 2


def test_birth_date_and_postcode_join_a_slip_of_the_pen() -> None:
    linked = link([ANN, ANN._replace(surname="SMTIH", forename="A")])
    assert linked.people.point == 1
    assert linked.rests_on == {"R2": 1}


def test_two_pnc_ids_are_two_people_where_only_the_rest_agrees() -> None:
    one, other = ((("pnc_id", number),) for number in ("2004/0012345D", "2005/0012346F"))
    assert link([ANN._replace(strong=one), ANN._replace(strong=other)]).people.point == 2
    assert link([ANN._replace(strong=(*one, *nhs("1"))), ANN._replace(strong=(*other, *nhs("1")))]).people.point == 1


def test_two_passports_are_no_two_people() -> None:
    one, other = ((("passport", number),) for number in ("123456789", "987654321"))
    assert link([ANN._replace(strong=one), ANN._replace(strong=other)]).people.point == 1


def test_day_and_month_the_other_way_round_may_be_one_person() -> None:
    born, turned = ANN._replace(born="1950-03-04", postcode=""), ANN._replace(born="1950-04-03", postcode="")
    assert (link([born, turned]).people.low, link([born, turned]).people.point) == (1, 2)
    assert link([born, turned._replace(surname="JONES")]).people.low == 2
    assert link([born, turned._replace(born="1950-04-05")]).people.low == 2


def test_an_initial_is_not_enough_for_a_surname_with_a_phone() -> None:
    caller = ANN._replace(phone="01632960001")
    for forename in ("A", "PETER", ""):
        linked = link([caller, Mention(surname="SMITH", forename=forename, phone="01632960001")])
        assert (linked.person, linked.named_only, linked.rests_on) == ([0, -1], 1, {})


def test_twins_stay_two() -> None:
    assert link([ANN, ANN._replace(forename="PETER")]).people.point == 2


def test_a_short_form_is_the_same_forename() -> None:
    assert link([ANN._replace(forename="ELIZABETH"), ANN._replace(forename="LIZ", postcode="")]).people.point == 1


def test_a_join_on_name_and_birth_date_alone_widens_the_range() -> None:
    linked = link([ANN, ANN._replace(postcode="")])
    assert (linked.people.low, linked.people.point, linked.people.high) == (1, 1, 2)


def test_a_letter_without_a_birth_date_joins_by_the_address() -> None:
    linked = link([ANN, ANN._replace(born="")])
    assert linked.people.point == 1
    assert linked.people.high == 1, "the letter alone would have counted nobody"


def test_a_name_alone_goes_to_the_one_person_who_bears_it() -> None:
    linked = link([ANN, Mention(surname="SMITH", forename="ANN"), Mention(surname="JONES", forename="BOB")])
    assert linked.person == [0, 0, -1]
    assert linked.named_only == 1


def test_a_name_that_two_people_bear_goes_to_neither() -> None:
    linked = link([ANN, ANN._replace(born="1960-01-01", postcode=""), Mention(surname="SMITH", forename="ANN")])
    assert linked.person == [0, 1, -1]
    assert linked.named_only == 0


def test_names_alone_are_never_people() -> None:
    linked = link(
        [Mention(surname="JONES", forename="BOB"), Mention(surname="JONES", forename="BOB", email="b@example.org")]
    )
    assert (linked.people.low, linked.people.point, linked.people.high) == (0, 0, 0)
    assert linked.named_only == 1


def test_a_bare_number_may_be_somebody_who_is_named_elsewhere() -> None:
    linked = link([ANN, Mention(strong=nhs("1"))])
    assert (linked.people.low, linked.people.point) == (1, 2)


def test_a_switchboard_number_joins_nobody() -> None:
    crowd = [
        Mention(surname=f"NAME{chr(65 + at)}", forename="JO", phone="01632960000", strong=nhs(str(at)))
        for at in range(25)
    ]
    letter = Mention(surname="NAMEA", forename="JO", phone="01632960000", born="1970-01-01")
    assert link([*crowd, letter]).people.point == 26


def test_a_hospital_number_joins_within_its_source_only() -> None:
    mine, theirs = Mention(local=("a\x1fH1",)), Mention(local=("b\x1fH1",))
    assert link([mine, mine, theirs]).people.point == 2


MENTIONS = st.builds(
    Mention,
    surname=st.sampled_from(["", "SMITH", "SMYTH", "JONES", "OBRIEN"]),
    forename=st.sampled_from(["", "A", "ANN", "ANNE", "LIZ", "ELIZABETH", "BOB"]),
    born=st.sampled_from(["", "1950-01-01", "1950-01-02"]),
    strong=st.lists(
        st.tuples(st.sampled_from(["nhs_number", "nino", "pnc_id"]), st.sampled_from("12")), max_size=2
    ).map(tuple),
    postcode=st.sampled_from(["", "AB1 2CD"]),
    phone=st.sampled_from(["", "01632960001"]),
)


@given(st.lists(MENTIONS, max_size=25))
def test_the_range_holds_the_point_and_nobody_outside_the_count_has_a_number(mentions: list[Mention]) -> None:
    linked = link(mentions)
    assert 0 <= linked.people.low <= linked.people.point <= linked.people.high
    assert linked.people.point == len({person for person in linked.person if person >= 0})
    for mention, person in zip(mentions, linked.person, strict=True):
        assert person >= 0 or not mention.counts


@given(st.lists(MENTIONS, max_size=15))
def test_saying_everything_twice_counts_nobody_twice(mentions: list[Mention]) -> None:
    once = link(mentions)
    with_numbers = [mention for mention in mentions if mention.strong]
    assert link([*mentions, *with_numbers]).people.point <= once.people.point
