"""What a fact states, in one line for people: on the terminal, on pages, in packs.

Said as it was stated and no further; and for whom, where the signer names somebody. Left out: who stated it and how good that
word is, which is not in the fact.
"""

from __future__ import annotations

from lossproof.model.fact import Authentication, Duty, Predicate, Relation, Role
from lossproof.model.facts.compromise import Compromise
from lossproof.model.facts.custody import Custody, CustodyEvent
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.facts.policy import Policy
from lossproof.model.facts.registration import Action, Exemption, Key, Registration
from lossproof.model.facts.replay import Replay
from lossproof.model.facts.request import Ask, Request
from lossproof.model.facts.retraction import Retraction
from lossproof.model.volume import Access
from lossproof.policy.recorded import grade_again
from lossproof.report.text import joined, moment, number
from lossproof.report.words import PROTECTION, category, humanised, people

RELATIONS = {
    Relation.CONTROLLER: "the controller",
    Relation.PROCESSOR: "a processor",
    Relation.AUDITOR: "an auditor",
    Relation.REGULATOR: "a regulator",
}
"""What an organisation is to the controller."""
_AUTHENTICATED = {
    Authentication.LINK: "who had a one-time link",
    Authentication.PASSWORD: "who gave a password",
    Authentication.TOTP: "who gave a password and a one-time code",
    Authentication.PASSKEY: "who used a passkey",
    Authentication.SIGN_ON: "whom another system signed in",
    Authentication.KEY: "who used a signing key",
}
_DUTIES = {
    Duty.GOVERNANCE_LEAD: "governance lead",
    Duty.IT: "IT",
    Duty.STAFF: "staff",
    Duty.CONTRACTOR: "contractor",
    Duty.AUDITOR: "auditor",
    Duty.REGULATOR: "regulator",
}
_CUSTODY = {
    CustodyEvent.OFFERED: "offered",
    CustodyEvent.ACCEPTED: "accepted",
    CustodyEvent.DECLINED: "declined",
    CustodyEvent.RETURNED: "given back",
    CustodyEvent.RESTOCKED: "put back into stock",
    CustodyEvent.TRANSFERRED: "passed on",
    CustodyEvent.SIGHTED: "seen",
    CustodyEvent.MISSING: "reported missing",
    CustodyEvent.FOUND: "found",
    CustodyEvent.QUARANTINED: "set aside to be looked at",
    CustodyEvent.WIPED: "wiped",
    CustodyEvent.DESTROYED: "destroyed",
}
_ASKED = {
    Ask.ENCRYPT: "Somebody asked for the device to be encrypted",
    Ask.DOES_NOT_ENCRYPT: "Somebody reported that the device does not encrypt",
}
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
        case Custody():
            return _custody(predicate)
        case Request():
            return _request(predicate)
        case Policy():
            return f"The rules: version {number(predicate.version)} applies from {moment(predicate.effective_at)}"
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


def _custody(fact: Custody) -> str:
    said = f"Custody: {_CUSTODY[fact.event]}"
    if fact.to is not None:
        said += f", to {person(fact.to)}"
    if fact.reason is not None:
        said += f" ({humanised(fact.reason)})"
    if fact.proof is not None:
        said += "; let go on the proof of an inspection"
    if fact.exception is not None:
        said += "; let go by an exception"
    return said


def _request(fact: Request) -> str:
    if fact.outcome is not None:
        return f"{_ASKED[fact.ask]}, and was answered: {humanised(fact.outcome)}"
    return f"{_ASKED[fact.ask]}; an answer is due by {moment(fact.due_at)}"


def for_whom(predicate: Predicate, role: Role) -> str:
    """For whom a key with this role stated it, behind the words for that key: `, for person 3f2a91b0, who had a one-time link`.
    Empty where it spoke for nobody but itself."""
    if isinstance(predicate, Custody | Request | Policy):
        whom = "somebody whom it does not name" if predicate.by is None else person(predicate.by)
        return f", for {whom}, {_AUTHENTICATED[predicate.authenticated]}"
    return ", which does not say for whom" if role is Role.REGISTER else ""


def person(identity: str) -> str:
    """A person by the beginning of their random id, enough to tell them apart: `person 3f2a91b0`."""
    return f"person {identity[:8]}"


def _registration(fact: Registration) -> str:
    if fact.action is Action.ENDED:
        return "What was registered has ended"
    thing, more = _thing(fact)
    return f"{thing} is registered{' again, with changes' if fact.action is Action.CHANGED else ''}{more}"


def _thing(fact: Registration) -> tuple[str, str]:
    """What is registered, and what is said of it."""
    if fact.device is not None:
        return f"A device ({fact.device.kind.value})", ""
    if fact.key is not None:
        return "A key", _key(fact.key)
    if fact.organisation is not None:
        return "An organisation", f": {RELATIONS[fact.organisation.relation]}"
    if fact.person is not None:
        return "A person", f": {joined([_DUTIES[duty] for duty in fact.person.duties])}" if fact.person.duties else ""
    if fact.exception is not None:
        return "An exception", _exception(fact.exception)
    return "A recipient of sealed lists", ""


def _key(key: Key) -> str:
    whose = f", of {person(key.person)}" if key.person is not None else ""
    return f", with the role {key.role.value}{whose}"


def _exception(fact: Exemption) -> str:
    return (
        f": device {fact.device[:8]} may be handed over without fresh proof until {moment(fact.until)}, by leave of "
        f"{person(fact.approver)} ({humanised(fact.reason)})"
    )
