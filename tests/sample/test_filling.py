from lossproof.sample.filling import Filling, table
from lossproof.sample.people import populate


def test_notes_leave_out_empty_identifiers_and_keep_the_rest():
    filling = Filling(seed=1, population=populate(1, 3))
    person = filling.population.patients[0]
    filling.note("a.csv", person, surname="X", nhs_number=person.nhs_number, phone="")
    filling.name_only("a.csv", person)
    assert filling.mentions[0].identifiers == (("nhs_number", person.nhs_number),)
    assert [mention.strong for mention in filling.mentions] == [True, False]


def test_relatives_get_numbers_of_their_own():
    filling = Filling(seed=1, population=populate(1, 3))
    assert filling.relative_number() != filling.relative_number()


def test_tables_are_quoted_where_needed():
    assert table([["a;b", 1], ["c", None]], delimiter=";") == '"a;b";1\r\nc;\r\n'
    assert table([["a", "b"]], quote_all=True) == '"a","b"\r\n'
