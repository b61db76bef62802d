"""One line for every kind of fact, as it was stated and no further."""

from __future__ import annotations

import random
from dataclasses import replace

from ledger.packs import MadeLog
from lossproof.model.fact import Authentication, Duty, Role
from lossproof.model.facts import kinds
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.holding import PeopleCount
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import Action, Exemption, Key, Person, Registration
from lossproof.model.facts.request import Ask, Request
from lossproof.model.pack import PackResult
from lossproof.model.volume import Access, Protection
from lossproof.report.fact_words import for_whom, sentence
from report import made_up_packs
from report.made_up_inspections import PLAIN

LOG = MadeLog(random.Random(1))
WHEN = "2026-11-23T09:14:00Z"
NURSE = "5ca1ab1e" + "0" * 24
NOBODY_ASKED = {"true_at": WHEN, "by": NURSE, "authenticated": Authentication.LINK}


def test_every_kind_has_a_line_of_its_own():
    results: list[PackResult] = [made_up_packs.ALL[name]() for name in ("plain", "withdrawn", "registered", "many")]
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


def registered(**thing: object) -> str:
    return sentence(Registration(true_at=WHEN, action=Action.CREATED, **thing))  # type: ignore[arg-type]


def test_people_are_random_ids_and_what_they_do():
    duties = (Duty.GOVERNANCE_LEAD, Duty.IT)
    assert (
        registered(person=Person(organisation=NURSE, duties=duties)) == "A person is registered: governance lead and IT"
    )
    assert registered(person=Person(organisation=NURSE, duties=())) == "A person is registered"
    key = Key(public_key=LOG.digest(), organisation=NURSE, role=Role.INSPECTOR, replaces=None, person=NURSE)
    assert registered(key=key) == "A key is registered, with the role inspector, of person 5ca1ab1e"
    assert registered(key=replace(key, person=None)) == "A key is registered, with the role inspector"
    for duty in Duty:
        assert registered(person=Person(organisation=NURSE, duties=(duty,))) != "A person is registered"


def test_an_exception_says_for_what_until_when_and_by_whose_leave():
    leave = Exemption(device="d" * 32, organisation=NURSE, approver=NURSE, until=WHEN, reason="clinical_need")
    assert registered(exception=leave) == (
        "An exception is registered: device dddddddd may be handed over without fresh proof until 23 November 2026, 09:14 UTC, "
        "by leave of person 5ca1ab1e (clinical need)"
    )


def test_custody_says_what_happened_to_whom_and_what_let_the_device_go():
    held = Custody(event=CustodyEvent.ACCEPTED, **NOBODY_ASKED)
    assert sentence(held) == "Custody: accepted"
    assert sentence(replace(held, event=CustodyEvent.OFFERED, to=NURSE, reason="issued", proof=LOG.digest())) == (
        "Custody: offered, to person 5ca1ab1e (issued); let go on the proof of an inspection"
    )
    assert sentence(replace(held, exception=NURSE)) == "Custody: accepted; let go by an exception"
    assert len({sentence(replace(held, event=event)) for event in CustodyEvent}) == len(CustodyEvent)


def test_a_request_says_when_an_answer_is_due_or_what_it_was():
    asked = Request(request=NURSE, ask=Ask.ENCRYPT, due_at=WHEN, **NOBODY_ASKED)
    assert sentence(asked) == (
        "Somebody asked for the device to be encrypted; an answer is due by 23 November 2026, 09:14 UTC"
    )
    told = replace(asked, ask=Ask.DOES_NOT_ENCRYPT, outcome="encrypts_after_all")
    assert sentence(told) == (
        "Somebody reported that the device does not encrypt, and was answered: encrypts after all"
    )


def test_rules_say_their_version_and_from_when_they_apply():
    rules = Policy(version=3, rules=LOG.digest(), effective_at=WHEN, **NOBODY_ASKED)
    assert sentence(rules) == "The rules: version 3 applies from 23 November 2026, 09:14 UTC"


def test_what_is_stated_for_somebody_says_for_whom_and_how_they_were_known():
    held = Custody(event=CustodyEvent.ACCEPTED, **NOBODY_ASKED)
    assert for_whom(held, Role.REGISTER) == ", for person 5ca1ab1e, who had a one-time link"
    assert (
        for_whom(replace(held, by=None), Role.OWNER) == ", for somebody whom it does not name, who had a one-time link"
    )
    words = {for_whom(replace(held, authenticated=how), Role.REGISTER) for how in Authentication}
    assert len(words) == len(Authentication)


def test_a_register_that_names_nobody_is_said_not_to_and_others_speak_for_themselves():
    assert for_whom(PLAIN, Role.REGISTER) == ", which does not say for whom"
    assert for_whom(PLAIN, Role.INSPECTOR) == ""
