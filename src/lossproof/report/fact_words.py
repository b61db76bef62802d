"""What a fact states, in one line for people: on the terminal, on pages, in packs.

Said as it was stated and no further. Left out: who stated it and how good that word is, which is not in the fact.
"""

from __future__ import annotations

from lossproof.model.fact import Predicate, Relation
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.registration import Action, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.retraction import Retraction
from lossproof.model.volume import Access
from lossproof.policy.recorded import grade_again
from lossproof.report.text import joined, number
from lossproof.report.words import PROTECTION, category, humanised, people

RELATIONS = {
    Relation.CONTROLLER: "the controller",
    Relation.PROCESSOR: "a processor",
    Relation.AUDITOR: "an auditor",
    Relation.REGULATOR: "a regulator",
}
"""What an organisation is to the controller."""


_ACCESS = {
    Access.NO: ", not readable without a password",
    Access.YES: ", readable without a password",
    Access.PARTLY: ", readable in part without a password",
    Access.UNKNOWN: "",
}


def sentence(predicate: Predicate) -> str:
    """What a fact states, in one line without a full stop."""
    match predicate:
        case InspectionFact():
            return f"Inspection: {_inspection(predicate)}"
        case HoldingFact():
            return _holding(predicate)
        case Registration():
            return _registration(predicate)
        case Retraction():
            return f"Withdraws leaf {predicate.leaf}: {humanised(predicate.reason.value)}"
        case Compromise():
            return f"A key may be in other hands: {humanised(predicate.reason.value)}"
        case Replay():
            return f"The whole log was replayed, to {number(predicate.size)} leaves"
        case Genesis():
            earlier = predicate.earlier
            return "The log begins" + (
                f", and takes over from an earlier one of {number(earlier.size)} leaves" if earlier else ""
            )
    return humanised(predicate.KIND).capitalize()


def _inspection(fact: InspectionFact) -> str:
    """By the layers that were recorded, graded anew: what the signer's user was shown is the signer's word, and said only
    where it differs."""
    protection, access, _ = grade_again(fact)
    said = f"{PROTECTION[protection]}{_ACCESS[access]}"
    return said if protection is fact.shown else f"{said} (shown then as {PROTECTION[fact.shown]})"


def _holding(fact: HoldingFact) -> str:
    low, point, high = (getattr(fact.people, end) + getattr(fact.raw, end) for end in ("low", "point", "high"))
    if not high:
        return "Personal data: nobody was found" + (", the search was stopped early" if fact.interrupted else "")
    # Drawn from two counts, of which one may be of people whom the other has as well.
    exact = low == high
    count = f"of {people(point)}" if exact else f"of about {people(point)} ({number(low)} to {number(high)})"
    kinds = [category(kind) for kind, value in fact.people_by_category.items() if value]
    return f"Personal data: {count}" + (f", among it data on {joined(kinds)}" if kinds else "")


def _registration(fact: Registration) -> str:
    if fact.action is Action.ENDED:
        return "What was registered has ended"
    thing, more = "A recipient of sealed lists", ""
    if fact.device is not None:
        thing = f"A device ({fact.device.kind.value})"
    elif fact.key is not None:
        thing, more = "A key", f", with the role {fact.key.role.value}"
    elif fact.organisation is not None:
        thing, more = "An organisation", f": {RELATIONS[fact.organisation.relation]}"
    elif fact.role is not None:
        thing = "A person's role"
    return f"{thing} is registered{' again, with changes' if fact.action is Action.CHANGED else ''}{more}"
