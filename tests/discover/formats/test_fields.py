"""Sentences with as many commas each are no table, and short or headed cells are one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import read
from lossproof.discover.formats.fields import are_fields, has_heading, knows_heading

CHAT = "".join(
    f"[12/01/2009, 21:0{at}:14] Kelly: {name} dob {born} moved to bay {at}, ring daughter on 07700 90010{at}\n"
    for at, (name, born) in enumerate(
        [
            ("Ann Example", "03/04/1950"),
            ("Bo Example", "03/05/1961"),
            ("Cy Example", "03/05/1971"),
            ("Di Example", "07/09/1948"),
        ]
    )
)
SENTENCES = {
    "chat": CHAT,
    "chat of two columns": "12/01/2009, 09:14 - Kelly: Ann Example has gone home\n12/01/2009, 09:15 - Sam: good\n" * 3,
    "notes": "Ann Example, born 18/10/1980, moved\nBo Example, born 14/01/1940, moved\nCy Example, born 17/07/1979, home\n",
    "semicolons": "Ann Example; born 03/04/1950; bay 3\nBo Example; born 03/05/1961; bay 2\nCy Example; born 03/05/1971; home\n",
    "short ones": "Ann came home, rang later, well\nBo came back, slept well, no pain\nCy ate well, slept, no pain\n",
    "handover": "B1 Example, A 34y NHS 943 476 5919, stable\nB2 Example, B 50y waits, stable\nB3 Example, C 13y, home\n",
    "box": "| Surname  : Example   Forename: Ann |\n| D.O.B.   : 03/04/1950  Sex : F |\n| NHS No.  : 943 476 5919  |\n",
    "box in two": "| Surname: Example | Forename: Ann |\n| DOB: 03/04/1950 | NHS No: 943 476 5919 |\n| Ward: 7 | Sex: F |\n",
    "minutes": "".join(f"{at}.\tAnn Example of Leeds was discharged home on Monday.\n" for at in range(1, 6)),
}
TABLES = {
    "headed, written by hand": "Name, DOB, NHS No\nAnn Example, 03/04/1950, 943 476 5919\n",
    "headed with long cells": "Born\tName\tWhat happened\n"
    + "03/04/1950\tAnn Example\tmoved to bay three and her daughter was told of it\n" * 3,
    "no heading, by a machine": "Example,Ann,03/04/1950,12 High Street\n" * 3,
    "no heading, by hand": "Example, Ann, 03/04/1950\nSample, Bo, 03/05/1961\nTester, Cy, 03/05/1971\n",
    "bars": "| Name | DOB | NHS No |\n|------|-----|--------|\n| Ann Example | 03/04/1950 | 943 476 5919 |\n",
    "quoted after blanks": '"Example", "Ann", "3 April 1950"\n"Sample", "Bo", "12 May 1961"\n"Tester", "Cy", "1 May 1971"\n',
    "initials and full stops": "Example,Mr. A. J.,St. Ann's Road.,1950\n" * 4,
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_sentences_stay_prose(kind):
    found = read(SENTENCES[kind].encode(), "notes.txt")
    assert not found.tables
    assert found.prose == SENTENCES[kind]


@pytest.mark.parametrize("kind", TABLES)
def test_cells_that_look_like_fields_are_rows(kind):
    found = read(TABLES[kind].encode(), "list.txt")
    assert not found.prose
    assert len(found.rows) == TABLES[kind].count("\n")


def test_a_name_that_promises_a_table_is_believed_unless_most_cells_are_sentences():
    assert read(SENTENCES["notes"].encode(), "list.csv").rows
    assert read(SENTENCES["box"].encode(), "list.psv").prose
    long = "Ann Example was moved to ward seven today, and her daughter was told of it by phone\n"
    assert read((long * 3).encode(), "list.csv").prose == long * 3


def test_a_headed_column_of_sentences_does_not_undo_a_table_by_its_name():
    headed = "Comment,Status\n" + "The staff were very kind to me,The tea was cold all day long\n" * 3
    assert read(headed.encode(), "survey.csv").prose == headed
    assert read(headed.replace("\nThe", "\n1,The").replace("Comment", "No,Comment").encode(), "survey.csv").rows


def test_a_heading_is_short_has_no_digits_and_is_unlike_what_is_below():
    assert has_heading([["Bed", "Who"], ["1", "Ann"], ["2", "Bo"]])
    assert not has_heading([["B1", "Ann"], ["B2", "Bo"]])
    assert not has_heading([["Bed", "Who"], ["one", "Ann"], ["two", "Bo"]])
    assert not has_heading([["Born 03/04/1950", "Name"], ["x", "Ann"]])
    assert not has_heading([["Name", "DOB"]])
    assert knows_heading([["Surname", "NHS No"], ["Example", "none"]])
    assert not knows_heading([])
    assert not knows_heading([["Bed", "Who"], ["1", "Ann"]])


@settings(deadline=None)
@given(
    st.integers(2, 6).flatmap(
        lambda width: st.lists(st.lists(st.text(max_size=30), min_size=width, max_size=width), min_size=2)
    ),
    st.sampled_from(",;|\t"),
    st.booleans(),
)
def test_any_cells_give_an_answer(rows, delimiter, promised):
    assert are_fields(rows, delimiter, promised=promised) in (True, False)
