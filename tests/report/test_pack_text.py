"""The check of a pack on a terminal: the answer first, what is proved, every fact, and what is not proved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lossproof.model.fact import Role
from lossproof.model.pack import NotProved, Outcome, PackResult, Part
from lossproof.report import pack_words
from lossproof.report.fact_words import sentence
from lossproof.report.pack_text import render_pack
from report import made_up_packs


def flat(result: PackResult, **look: object) -> str:
    return " ".join(render_pack(result, **look).split())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", made_up_packs.ALL)
@pytest.mark.parametrize("width", [40, 80, 100])
def test_every_line_fits_and_every_fact_about_the_device_is_there(name, width):
    result = made_up_packs.ALL[name]()
    text = render_pack(result, width=width)
    assert all(len(line) <= width for line in text.splitlines())
    for fact in pack_words.device_facts(result):
        assert f"leaf {fact.leaf}," in flat(result, width=width)


def test_the_answer_stands_first_and_what_is_not_proved_last():
    text = flat(made_up_packs.ALL["plain"]())
    assert text.startswith("Verified.")
    order = [
        "What is proved",
        "Stated",
        "Unchanged",
        "Logged before",
        "Complete",
        "Device ",
        "Log Origin",
        "What is not proved",
    ]
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "still holds all that it held at your checkpoint" in text
    assert "by the word of witness-0.example" in text


def test_without_a_policy_nothing_is_said_to_be_proved():
    text = flat(made_up_packs.ALL["unproved"]())
    assert text.startswith("Self-consistent only.")
    assert "What is proved" not in text
    assert "Whose log this is." in text


def test_nobody_outside_means_only_the_logs_own_word():
    text = flat(made_up_packs.ALL["withdrawn"]())
    assert "Only the log's own word says when." in text
    assert "Not independently witnessed." in text
    assert "! withdrawn by leaf" in text


def test_who_replayed_the_log_is_said_with_their_organisation_and_how_much_of_it():
    result = made_up_packs.ALL["withdrawn"]()
    text = flat(result)
    assert "An auditor of the controller, key " in text
    assert f"states that it replayed all of the log to {result.replayed[0].size} of its {result.size} leaves" in text


def test_what_a_register_states_is_said_to_be_for_whom_and_not_to_be_proved():
    result = made_up_packs.ALL["registered"]()
    text = flat(result, width=400)
    keys = {fact.signer for fact in result.facts if fact.role is Role.REGISTER}
    assert len(keys) == 1
    by = f"stated by the register of the controller, key {pack_words.short(keys.pop())}"
    [nurse] = {
        fact.spoken_for.person[:8]
        for fact in result.facts
        if fact.predicate.KIND == "custody"
        if fact.spoken_for and fact.spoken_for.person
    }
    assert f"{by}, for person {nurse}, who gave a password and a one-time code" in text
    assert f"{by}, for person {nurse}, who had a one-time link" in text
    assert f"{by}, for somebody whom it does not name, who used a passkey" in text
    assert f"imported: another system said so; {by}, which does not say for whom" in text
    assert "Who it was for whom a fact was stated." in text
    assert "Who it was for whom" not in flat(made_up_packs.ALL["plain"]())


def test_whom_a_witness_is_named_for_is_no_more_than_it_saw():
    result = made_up_packs.ALL["plain"]()
    few = replace(result, witnesses=(replace(result.witnesses[0], size=3),), stamps=())
    assert f"By witness-0.example, to 3 of the log's {result.size} leaves." in flat(few)


def test_a_log_that_took_over_from_another_says_so():
    result = made_up_packs.ALL["plain"]()
    assert "took over" not in flat(result)
    taken = made_up_packs.ALL["partly"]()
    assert "This log took over from one of 5,000 leaves" in flat(taken)
    assert sentence(taken.facts[0].predicate) == "The log begins, and takes over from an earlier one of 5,000 leaves"


def test_a_witness_that_did_not_see_every_fact_is_named_and_said_not_to_have():
    result = made_up_packs.ALL["partly"]()
    assert not result.independent
    text = flat(result)
    assert f"By witness-0.example and witness-1.example, to {result.witnesses[0].size} of the log's" in text
    assert "That does not cover every fact about the device." in text
    assert "Not independently witnessed." in text
    assert "does not cover" not in flat(made_up_packs.ALL["plain"]())


def test_a_refused_pack_says_why_and_nothing_else():
    result = PackResult(outcome=Outcome.REFUSED, part=Part.CHAIN, message="an entry is here that no chain leads to")
    assert flat(result) == (
        "Refused. Something in the pack does not hold, so nothing in it can be believed. "
        "Completeness: an entry is here that no chain leads to."
    )


def test_hostile_names_cannot_move_the_cursor():
    text = render_pack(made_up_packs.ALL["hostile"]())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert render_pack(made_up_packs.ALL["hostile"](), unicode=False).isascii()


def test_every_outcome_part_and_gap_has_its_words():
    for outcome in Outcome:
        assert pack_words.outcome(PackResult(outcome=outcome))
    for part in Part:
        assert pack_words.part(PackResult(outcome=Outcome.REFUSED, part=part))
    assert pack_words.not_proved(PackResult(outcome=Outcome.VERIFIED, not_proved=tuple(NotProved)))
