"""The answer in plain words never says more than the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lossproof.model.holding import Holding, People, RawText
from lossproof.model.verdict import Standing, Verdict
from lossproof.report.answer import Tone, answer, next_steps
from report import made_up


@pytest.mark.parametrize(
    ("name", "tone", "sentence"),
    [
        ("exposed", Tone.EXPOSED, "a finder could read personal data of about 5,012 people (4,990 to 5,080)"),
        ("folder", Tone.EXPOSED, "a finder could read personal data of 12 people"),
        ("protected", Tone.SAFE, "a finder could not read anything here, because it is encrypted"),
        ("nobody_found", Tone.SAFE, "everything that a finder could read was examined, and no personal data was found"),
        (
            "unlocked_folder",
            Tone.SAFE,
            "a finder could not read this: its volume is encrypted, and was unlocked during the check",
        ),
        ("photographs", Tone.DOUBT, "214 items were not examined in full"),
        ("interrupted", Tone.DOUBT, "the check was stopped before it was finished"),
        (
            "weak",
            Tone.DOUBT,
            "the encryption is too weak to rely on, and nobody can tell what is stored in part of it",
        ),
        ("empty", Tone.DOUBT, "what was seen does not settle it"),
    ],
)
def test_each_verdict_has_its_sentence(name, tone, sentence):
    result = answer(made_up.ALL[name]())
    assert (result.tone, result.sentence) == (tone, sentence)


@pytest.mark.parametrize("name", made_up.ALL)
def test_the_word_follows_the_verdict_and_there_is_always_something_to_do(name):
    verdict = made_up.ALL[name]()
    expected = {True: "Yes", False: "No", None: "Not shown to be safe"}[verdict.exposed]
    assert answer(verdict).word == expected
    steps = next_steps(verdict)
    assert steps
    for step in steps:
        assert step.short[-1] in ".?"
        assert not step.detail or step.detail.endswith(".")


def test_people_in_leftover_bytes_alone_are_called_recoverable():
    holding = Holding(target="t", raw=RawText(people=People(low=2, point=2, high=2)))
    verdict = Verdict(
        target="t", exposed=True, standing=Standing.UNPROTECTED, inspection=None, holding=holding, reasons=()
    )
    assert answer(verdict).sentence == "a finder could recover personal data of 2 people"


def test_a_stopped_check_that_found_people_says_at_least():
    verdict = made_up.exposed()
    assert verdict.holding is not None
    stopped = replace(verdict, holding=replace(verdict.holding, interrupted=True))
    assert (
        answer(stopped).sentence
        == "a finder could read personal data of at least 4,990 people; the check was stopped early"
    )
    assert next_steps(stopped)[-1].short == "Run the check again to its end."


def test_names_alone_and_people_in_doubt_are_named_as_doubts():
    holding = Holding(target="t", named_only=1, people=People(low=0, point=1, high=3))
    verdict = Verdict(
        target="t", exposed=None, standing=Standing.UNPROVEN, inspection=None, holding=holding, reasons=()
    )
    assert answer(verdict).sentence == "there may be personal data of up to 3 people, and there are names of 1 person"
