"""One line for every kind of fact, as it was stated and no further."""

from __future__ import annotations

import random
from dataclasses import replace

from ledger.packs import MadeLog
from lossproof.model.facts import kinds
from lossproof.model.facts.holding import PeopleCount
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.pack import PackResult
from lossproof.model.volume import Access, Protection
from lossproof.report.fact_words import sentence
from report import made_up_packs
from report.made_up_inspections import PLAIN

LOG = MadeLog(random.Random(1))


def test_every_kind_has_a_line_of_its_own():
    results: list[PackResult] = [made_up_packs.ALL[name]() for name in ("plain", "withdrawn", "many")]
    lines = {fact.kind: sentence(fact.predicate) for result in results for fact in result.facts}
    assert lines.keys() == kinds().keys()
    assert len(set(lines.values())) == len(lines)
    for kind, line in lines.items():
        assert line != kind.capitalize()
        assert not line.endswith(".")


def test_an_inspection_says_how_it_is_protected():
    assert sentence(PLAIN) == "Inspection: not encrypted, readable without a password"
    lied = replace(PLAIN, shown=Protection.PROTECTED, access=Access.NO)
    assert sentence(lied) == f"{sentence(PLAIN)} (shown then as encrypted)"


def test_a_holding_says_how_many_people_and_never_hides_the_range():
    fact = replace(LOG.holding(), people=PeopleCount(low=3, point=4, high=9), people_by_category={"health": 2})
    assert sentence(fact) == "Personal data: of about 4 people (3 to 9), among it data on health"
    exact = replace(fact, people=PeopleCount(low=1, point=1, high=1), people_by_category={})
    assert sentence(exact) == "Personal data: of 1 person"
    nobody = replace(fact, people=PeopleCount(low=0, point=0, high=0), people_by_category={})
    assert sentence(nobody) == "Personal data: nobody was found"
    assert (
        sentence(replace(nobody, interrupted=True)) == "Personal data: nobody was found, the search was stopped early"
    )


def test_what_ended_says_so():
    assert sentence(Registration(true_at=LOG.moment(), action=Action.ENDED)) == "What was registered has ended"
