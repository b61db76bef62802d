"""The answer in plain words and what to do about it: the same sentences on the terminal and on the page.

Derived from the verdict alone. What is said never goes further than `Verdict.exposed`: a doubt never becomes a "no".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from lossproof.model.volume import Access, Protection
from lossproof.report.text import amount, joined, number
from lossproof.report.words import about, category, people, spread

if TYPE_CHECKING:
    from lossproof.model.holding import Holding, People
    from lossproof.model.verdict import Verdict


class Tone(StrEnum):
    """How an answer looks: one colour and one symbol each."""

    EXPOSED = "exposed"
    DOUBT = "doubt"
    SAFE = "safe"


class Answer(NamedTuple):
    """`word` is the answer (`Yes`, `No`, `Not shown to be safe`); `sentence` what it means, without a full stop."""

    tone: Tone
    word: str
    sentence: str


class Step(NamedTuple):
    """Something to do: `short` stands alone, `detail` says why or how."""

    short: str
    detail: str = ""


_RUN_AGAIN = Step(short="Run the check again to its end.", detail="It was stopped before everything was examined.")


def answer(verdict: Verdict) -> Answer:
    """The first line of every report of a check."""
    if verdict.exposed is True:
        return Answer(tone=Tone.EXPOSED, word="Yes", sentence=_exposed(verdict))
    if verdict.exposed is False:
        return Answer(tone=Tone.SAFE, word="No", sentence=_safe(verdict))
    return Answer(tone=Tone.DOUBT, word="Not shown to be safe", sentence=", and ".join(doubts(verdict)[:2]))


def doubts(verdict: Verdict) -> tuple[str, ...]:
    """Why nobody can honestly say "no", the weightiest first; never empty."""
    holding = verdict.holding
    found: list[str] = []
    if _interrupted(verdict):
        found.append("the check was stopped before it was finished")
    if _weak(verdict):
        found.append("the encryption is too weak to rely on")
    if holding:
        found.extend(_doubts_of_findings(holding))
    if _unknown(verdict):
        found.append("nobody can tell what is stored in part of it")
    if holding and holding.not_examined and not holding.interrupted:
        verb = "was" if len(holding.not_examined) == 1 else "were"
        found.append(f"{amount(len(holding.not_examined), 'item')} {verb} not examined in full")
    return tuple(found) or ("what was seen does not settle it",)


def next_steps(verdict: Verdict) -> tuple[Step, ...]:
    """What to do now, the most urgent first."""
    if verdict.exposed is True:
        return _steps_when_exposed(verdict)
    if verdict.exposed is False:
        return _steps_when_safe(verdict)
    return _steps_in_doubt(verdict)


def counted(holding: Holding) -> People:
    """The people that the answer speaks of: those in files, or, where nobody is sure to be, those in leftover bytes."""
    return holding.raw.people if counts_leftovers(holding) else holding.people


def counts_leftovers(holding: Holding) -> bool:
    """Whether the answer speaks of people in leftover bytes, because nobody is sure to be in a file."""
    if holding.people.low:
        return False
    return holding.raw.people.low > 0 or (holding.raw.people.high > 0 and not holding.people.high)


NOT_COUNTED = "not counted: locked"
"""Said in place of a number of people."""


def uncounted(verdict: Verdict) -> bool:
    """Whether parts are locked and nobody was found in the rest: of the people whose data is there, this says nothing."""
    holding, inspection = verdict.holding, verdict.inspection
    if holding is None or inspection is None or holding.people.high or holding.raw.people.high or holding.named_only:
        return False
    return any(leaf.readable is Access.NO for leaf in inspection.leaves())


def categories_sentence(holding: Holding) -> str:
    """Which of the specially protected kinds of data are among it, or nothing."""
    kinds = [f"{category(kind)} ({people(value)})" for kind, value in holding.people_by_category.items() if value]
    return f"What is stored includes data on {joined(kinds)}" if kinds else ""


def locked_when_lost(verdict: Verdict) -> bool:
    """Whether the answer is "no" because of encryption, and not because nobody was found."""
    if "unlocked_now" in _codes(verdict):
        return True
    return verdict.inspection is not None and verdict.inspection.readable_without_secret is Access.NO


def on_a_folder(verdict: Verdict) -> bool:
    """Whether a folder was checked: then either nothing was inspected, or the medium below it, under another name."""
    return verdict.inspection is None or verdict.inspection.target != verdict.target


def _exposed(verdict: Verdict) -> str:
    holding = verdict.holding
    if holding is None:
        return "a finder could read personal data here"
    count = counted(holding)
    verb = f"could {'recover' if counts_leftovers(holding) else 'read'} personal data of"
    if holding.interrupted:
        return f"a finder {verb} at least {people(count.low)}; the check was stopped early"
    if count.low == count.high:
        return f"a finder {verb} {people(count.point)}"
    return f"a finder {verb} {about(count)} ({spread(count)})"


def _safe(verdict: Verdict) -> str:
    inspection = verdict.inspection
    if "unlocked_now" in _codes(verdict):
        return "a finder could not read this: its volume is encrypted, and was unlocked during the check"
    if locked_when_lost(verdict):
        return "a finder could not read anything here, because it is encrypted"
    if inspection and {leaf.scheme for leaf in inspection.leaves()} == {"blank"}:
        return "nothing is stored here: every byte was read, and it is blank"
    if verdict.holding is None:
        return "everything here is encrypted or blank"
    return "everything that a finder could read was examined, and no personal data was found"


def _doubts_of_findings(holding: Holding) -> list[str]:
    found = []
    count = counted(holding)
    if count.high:
        found.append(f"there may be personal data of up to {people(count.high)}")
    if holding.named_only:
        found.append(f"there are names of {people(holding.named_only)}")
    if any(holding.unattributed.values()):
        found.append("there are numbers that lead to people who are not named")
    return found


def _codes(verdict: Verdict) -> frozenset[str]:
    return frozenset(reason.code for reason in verdict.reasons)


def _weak(verdict: Verdict) -> bool:
    whole = verdict.inspection
    return "weak_scheme" in _codes(verdict) or (whole is not None and whole.protection is Protection.WEAK)


def _unknown(verdict: Verdict) -> bool:
    """Whether part of it was not recognised. Where policy gave reasons they decide: leftover bytes that were read are no doubt."""
    if verdict.reasons:
        return "unknown_ranges" in _codes(verdict)
    return verdict.inspection is not None and verdict.inspection.readable_without_secret is Access.UNKNOWN


def _steps_when_exposed(verdict: Verdict) -> tuple[Step, ...]:
    thing = "folder" if on_a_folder(verdict) else "device"
    steps = (
        Step(
            short=f"Keep the {thing} locked away until it is dealt with.",
            detail="Do not lend it, post it or leave it unattended.",
        ),
        Step(
            short="Move what is still needed to encrypted storage, then erase.",
            detail="Deleting the files is not enough, because deleted files can be recovered: erase all of it.",
        ),
        Step(
            short="Lost, or was out of your hands? Tell your data protection lead.",
            detail="Do it today. A breach that must be reported has to reach the regulator within 72 hours of somebody "
            "becoming aware of it.",
        ),
    )
    return (*steps, _RUN_AGAIN) if _interrupted(verdict) else steps


def _steps_when_safe(verdict: Verdict) -> tuple[Step, ...]:
    if locked_when_lost(verdict):
        return (
            Step(
                short="Nothing has to be done to the data.",
                detail="Keep the password and the recovery key apart from the device.",
            ),
            Step(
                short="If it is lost, report it all the same.",
                detail="This report helps to show that nobody can read the data.",
            ),
        )
    nothing = Step(short="Nothing has to be done to what is stored here today.")
    if on_a_folder(verdict):
        return nothing, Step(
            short="Check the whole device as well, before it travels.",
            detail="Only this folder was looked at: not the rest of the device, its deleted files or its encryption.",
        )
    return nothing, Step(
        short="Encrypt it before personal data is put on it.",
        detail="What can be read today without a password can be read tomorrow, whatever is stored there by then.",
    )


def _steps_in_doubt(verdict: Verdict) -> tuple[Step, ...]:
    holding = verdict.holding
    steps = [
        Step(
            short="Treat it as if a finder could read personal data on it.",
            detail="Keep it locked away until the opposite is shown.",
        )
    ]
    if _interrupted(verdict):
        steps.append(_RUN_AGAIN)
    elif holding and holding.not_examined:
        count = len(holding.not_examined)
        what = "item that was" if count == 1 else f"{number(count)} items that were"
        steps.append(
            Step(
                short=f"Look at the {what} not examined.",
                detail="They are listed with the reason for each. Personal data belongs on encrypted storage.",
            )
        )
    if _weak(verdict):
        steps.append(Step(short="Encrypt it again with today's settings.", detail="The reasons say what is weak."))
    elif _unknown(verdict):
        steps.append(
            Step(
                short="Ask who set the device up how it is encrypted.",
                detail="If it can be unlocked, unlock it and check it again.",
            )
        )
    return tuple(steps)


def _interrupted(verdict: Verdict) -> bool:
    return verdict.holding is not None and verdict.holding.interrupted
