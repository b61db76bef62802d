"""What an evidence pack shows, in plain words: the same sentences on the terminal and on the page.

Derived from the result of the check alone. What is said never goes further than that: a fact is "stated", by a key, and what only
the log vouches for is said to be by its word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lossproof.model.fact import Grade, Role
from lossproof.model.facts.registration import Registration
from lossproof.model.pack import NotProved, Outcome, PackFact, PackResult, Part
from lossproof.report.answer import Tone
from lossproof.report.fact_words import RELATIONS, for_whom
from lossproof.report.text import amount, joined, moment, number
from lossproof.report.words import humanised


class Claim(NamedTuple):
    """One thing that was shown: its title, and a sentence."""

    title: str
    sentence: str


_OUTCOMES = {
    Outcome.VERIFIED: (Tone.SAFE, "Verified", "Everything in the pack holds, by the trust policy that you gave."),
    Outcome.SELF_CONSISTENT: (
        Tone.DOUBT,
        "Self-consistent only",
        "Everything in the pack fits together, but nothing shows whose log it is. Check it with a trust policy that "
        "reached you another way.",
    ),
    Outcome.INCOMPLETE: (
        Tone.DOUBT,
        "Incomplete",
        "Everything in the pack holds, but it cannot be compared with the checkpoint that you gave. Ask for a pack "
        "that has the checkpoint of that size in it.",
    ),
    Outcome.REFUSED: (
        Tone.EXPOSED,
        "Refused",
        "Something in the pack does not hold, so nothing in it can be believed.",
    ),
}
_NOT_PROVED = {
    NotProved.NO_POLICY: "Whose log this is. No trust policy was given: compare the fingerprint of the log key with one "
    "that reached you another way.",
    NotProved.NOT_WITNESSED: "When every fact about the device was logged, by anybody's word but the log's own. Not independently "
    "witnessed.",
    NotProved.STAMPS_NOT_CHECKED: "The time stamps in the pack: no certificate of their authority was given.",
    NotProved.STAMP_NOT_TRUSTED: "A time stamp in the pack, which does not hold or is not by an authority that you gave.",
    NotProved.NOT_REPLAYED: "That the log left nothing out. Nobody states that they replayed it as far as the list by which this "
    "pack is complete.",
    NotProved.EARLIER_LOG: "What the log before this one held. This one took over from it.",
    NotProved.SPOKEN_FOR: "Who it was for whom a fact was stated. It is the signer's word how it knew them, most often a register's.",
    NotProved.TRUTH_OF_STATEMENTS: "That what was stated is true. It was stated, by the key named, and is unchanged since.",
    NotProved.PAGE: "Anything on the page inside the pack. That is the log's own words, and no verifier reads it.",
}
_PARTS = {
    Part.CONTAINER: "the file itself",
    Part.MANIFEST: "its list of contents",
    Part.CHECKPOINT: "the log's checkpoint",
    Part.QUORUM: "the witnesses' signatures",
    Part.EARLIER: "the earlier checkpoints",
    Part.SINCE: "the checkpoint that you gave",
    Part.TAIL: "the newest entries",
    Part.ENTRY: "an entry",
    Part.PROOF: "the proof of an entry",
    Part.ENVELOPE: "a signed statement",
    Part.KEYS: "the public keys",
    Part.HEADS: "the proof of what came last",
    Part.CHAIN: "completeness",
    Part.TIME: "the order of time",
    Part.KEY: "who may state what",
    Part.NAMES: "the names",
}
GRADES = {
    Grade.CLAIMED: "claimed: nobody independent has looked",
    Grade.IMPORTED: "imported: another system said so",
    Grade.OBSERVED: "observed",
    Grade.EXAMINED: "examined by an expert",
}


def outcome(result: PackResult) -> tuple[Tone, str, str]:
    """How the answer looks, its word, and what it means."""
    return _OUTCOMES[result.outcome]


def part(result: PackResult) -> str:
    """What did not hold, in words; empty where everything did."""
    return _PARTS[result.part] if result.part else ""


def device_facts(result: PackResult) -> list[PackFact]:
    """The facts about the device, in the order in which the log came to know them."""
    return [fact for fact in result.facts if fact.about == result.device]


def other_facts(result: PackResult) -> list[PackFact]:
    """The facts that those rely on: about the log, keys and organisations."""
    return [fact for fact in result.facts if fact.about != result.device]


def shown(result: PackResult) -> list[Claim]:
    """What was shown, the most wanted first. Empty of a refused pack."""
    if result.outcome is Outcome.REFUSED:
        return []
    about = device_facts(result)
    keys = {fact.signer for fact in about}
    claims = [
        Claim(
            "Stated",
            f"{amount(len(about), 'fact')} about the device, each signed by the key named beside it "
            f"({amount(len(keys), 'key')}), which was enrolled before it spoke.",
        ),
        Claim("Unchanged", _unchanged(result)),
        Claim("Logged before", _logged(about)),
        Claim("Complete", _complete(result)),
    ]
    if result.witnesses or result.stamps:
        claims.append(Claim("Witnessed", _witnessed(result)))
    return claims


def not_proved(result: PackResult) -> list[str]:
    """What was not shown."""
    return [_NOT_PROVED[code] for code in result.not_proved]


def remarks(fact: PackFact) -> list[str]:
    """What must be known beside a fact: withdrawn, or by a key that is compromised."""
    found = []
    if fact.retracted_by is not None:
        found.append(f"withdrawn by leaf {fact.retracted_by}")
    if fact.key_compromised is not None:
        found.append(f"its key counts as compromised since leaf {fact.key_compromised}")
    return found


def stated_by(fact: PackFact, names: Mapping[str, str]) -> str:
    """Who stated a fact: `an inspector of the controller (Made-up Trust), key ab12 cd34 ef56 7890`; and for whom, where it was for
    somebody: `the register of the controller, key ..., for person 3f2a91b0, who had a one-time link`."""
    role = fact.role.value
    article = "the" if fact.role is Role.REGISTER else "an" if role[0] in "aeiou" else "a"
    organisation = RELATIONS[fact.relation] if fact.relation else "an organisation that nobody registered"
    name = f" ({names[fact.organisation]})" if fact.organisation in names else ""
    return f"{article} {role} of {organisation}{name}, key {short(fact.signer)}{for_whom(fact.predicate, fact.role)}"


def organisations(result: PackResult) -> dict[str, str]:
    """The names of organisations by their id, as far as they have not been erased."""
    found = {}
    for fact in result.facts:
        registered = fact.predicate.organisation if isinstance(fact.predicate, Registration) else None
        name = result.names.get(registered.name or "") if registered else None
        if name is not None:
            found[fact.about] = name
    return found


def identifiers(result: PackResult) -> list[str]:
    """What the device is also known by, such as `serial SN-4711`, as far as it has not been erased."""
    registered = (fact.predicate.device for fact in device_facts(result) if isinstance(fact.predicate, Registration))
    known = (one for device in registered if device for one in device.identifiers if one.digest in result.names)
    return list(dict.fromkeys(f"{humanised(one.scheme.value)} {result.names[one.digest]}" for one in known))


def grouped(digest: str) -> str:
    """A digest in groups of four, as people read it out."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def short(digest: str) -> str:
    """The first sixteen digits of a digest, in groups of four: enough to find it in a list, not to compare it."""
    return grouped(digest[:16])


def _unchanged(result: PackResult) -> str:
    text = f"All of it stands in the log's tree of {amount(result.size or 0, 'leaf', 'leaves')}, in this order."
    if result.since is not None and result.outcome is not Outcome.INCOMPLETE:
        text += f" The log still holds all that it held at your checkpoint of {number(result.since)} leaves."
    return text


def _logged(about: list[PackFact]) -> str:
    dated = [fact.logged_before for fact in about if fact.logged_before is not None]
    if not dated:
        return "Only the log's own word says when."
    newest = max(dated, key=lambda word: word.at)
    text = f"{moment(newest.at)}, by the word of {_name(newest.by)}"
    if len(dated) < len(about):
        return f"{amount(len(dated), 'fact')} of {number(len(about))}: {text}. Of the rest only the log's own word says when."
    return f"{text}."


def _complete(result: PackResult) -> str:
    text = f"Every fact about the device that the log knew by {moment(result.complete_to or '')}, by the log's word."
    if result.replayed:
        newest = max(result.replayed, key=lambda one: one.size)
        by = next(stated_by(fact, organisations(result)) for fact in result.facts if fact.leaf == newest.leaf)
        text += (
            f" {by[0].upper()}{by[1:]}, states that it replayed all of the log to {number(newest.size)} of its"
            f" {amount(result.size or 0, 'leaf', 'leaves')} ({moment(newest.known_at)})."
        )
    return text + _taken_over(result)


def _taken_over(result: PackResult) -> str:
    """That an earlier log came before this one, if one did: nothing here shows what it held."""
    if result.earlier_log is None:
        return ""
    leaves = amount(result.earlier_log.size, "leaf", "leaves")
    return f" This log took over from one of {leaves}: what that one knew and this one was not given is not here."


def _witnessed(result: PackResult) -> str:
    """Who outside has seen it, and how much of it."""
    seen = max([one.size for one in result.witnesses] + [one.size for one in result.stamps])
    whole = amount(result.size or 0, "leaf", "leaves")
    text = f"By {joined(_outsiders(result))}, to {number(seen)} of the log's {whole}."
    return text if result.independent else f"{text} That does not cover every fact about the device."


def _outsiders(result: PackResult) -> list[str]:
    words = {witness.name for witness in result.witnesses} | {stamp.authority for stamp in result.stamps}
    return [_name(word) for word in sorted(words)]


def _name(word: str) -> str:
    """A witness by its name, an authority by the beginning of its certificate's digest."""
    is_digest = len(word) == 64 and not set(word) - set("0123456789abcdef")
    return f"the time-stamp authority {short(word)}" if is_digest else word
