from lossproof.sample import names
from lossproof.sample.stream import Stream


def test_there_are_hundreds_of_names_and_none_twice_in_a_tradition():
    traditions = names.traditions()
    assert sum(tradition.share for tradition in traditions) == 1
    assert sum(len(tradition.women) + len(tradition.men) for tradition in traditions) > 500
    assert sum(len(tradition.surnames) for tradition in traditions) > 400
    for tradition in traditions:
        for words in (tradition.women, tradition.men, tradition.surnames):
            assert len(set(words)) == len(words)


def test_the_awkward_surnames_are_there():
    surnames = {name for tradition in names.traditions() for name in tradition.surnames}
    assert {"O'Brien", "McAllister", "MacGregor", "Smith-Harris", "De Vere", "Ul-Haq", "Ng", "Li"} <= surnames


def test_names_lose_their_marks_only_where_the_encoding_lacks_them():
    assert names.written_in("cp1252", "Siobhán Wiśniewski, Łukasz") == "Siobhán Wisniewski, Lukasz"
    assert names.written_in("ascii", "Siobhán") == "Siobhan"
    assert names.written_in("utf-8", "Łukasz") == "Łukasz"


def test_every_name_can_be_written_in_every_encoding_used():
    for tradition in names.traditions():
        for name in (*tradition.women, *tradition.men, *tradition.surnames):
            assert "?" not in names.written_in("ascii", name)


def test_short_forms_are_of_names_that_occur():
    everybody = {name for tradition in names.traditions() for name in (*tradition.women, *tradition.men)}
    known = [name for name in everybody if names.short_forms(name)]
    assert len(known) > 50
    assert names.short_forms("Elizabeth") == ("Liz", "Beth", "Betty", "Lizzie")
    assert names.short_forms("Xerxes") == ()


def test_a_population_has_namesakes_but_not_too_many():
    stream = Stream(3, "names")
    drawn = [names.full_name(stream, "F") for _ in range(5000)]
    assert 0.02 < 1 - len(set(drawn)) / 5000 < 0.25
