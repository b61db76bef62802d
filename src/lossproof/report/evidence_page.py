"""The page inside an evidence pack, `page.html`: what the log says about a device, for a person who has no program at hand.

It is the log's own account, and says so: no verifier reads it, and only checking the pack proves anything. No script, no outside
resource; it opens from disk, prints on A4 and works at 320 pixels. What was last seen stands first, then every fact in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lossproof.model.fact import Grade
from lossproof.model.facts.holding import HoldingFact
from lossproof.model.facts.inspection import InspectionFact
from lossproof.model.pack import PackFact, PackResult
from lossproof.model.volume import Access
from lossproof.policy.recorded import grade_again
from lossproof.report import pack_words
from lossproof.report.answer import Tone
from lossproof.report.fact_words import sentence
from lossproof.report.markup import Markup, element, together
from lossproof.report.sheet import Section, contents, document, section, symbol
from lossproof.report.tables import described, disclosure, listed, table
from lossproof.report.text import amount, joined, moment, number
from lossproof.report.words import PROTECTION

_ROWS_OPEN = 200


class LastSeen(NamedTuple):
    """What the newest facts say that are not withdrawn and whose key is not compromised: how it looks, a word, and a sentence
    each about the inspection and the people, or an empty text."""

    tone: Tone
    word: str
    inspection: str
    people: str


def page(result: PackResult, *, made_at: str, tool: str) -> str:
    """The whole page, from the result of the check of the pack that it goes into.

    `made_at` is when the pack was made (RFC 3339), `tool` the program and its version.
    """
    seen = last_seen(pack_words.device_facts(result))
    sections = _sections(result)
    body = element(
        "body",
        element(
            "header",
            element("p", element("b", "lossproof"), " evidence about device ", element("code", result.device or "")),
            element("p", moment(made_at)),
        ),
        element("main", _verdict(result, seen), _caution(), contents(sections), *map(section, sections)),
        element("footer", element("p", f"Made by {tool}, {moment(made_at)}.")),
    )
    return document(f"{seen.word}: evidence about device {result.device} - lossproof", body)


def last_seen(facts: Sequence[PackFact]) -> LastSeen:
    """What the newest facts about a device say. What is withdrawn, or by a compromised key, never makes it look safer: where that is
    the newest inspection, an older one that found the device safe no longer shows it."""
    standing = [fact for fact in facts if fact.retracted_by is None and fact.key_compromised is None]
    inspection = _newest(fact for fact in standing if isinstance(fact.predicate, InspectionFact))
    people = _people(
        _newest(fact for fact in standing if isinstance(fact.predicate, HoldingFact)),
        _newest(fact for fact in facts if isinstance(fact.predicate, HoldingFact)),
    )
    if inspection is None or not isinstance(inspection.predicate, InspectionFact):
        return LastSeen(Tone.DOUBT, "Not known", "No inspection of the device stands in the log.", people)
    said = inspection.predicate
    protection, access, _ = grade_again(said)
    tone = {Access.YES: Tone.EXPOSED, Access.PARTLY: Tone.EXPOSED, Access.NO: Tone.SAFE}.get(access, Tone.DOUBT)
    word = PROTECTION[protection].capitalize()
    if tone is Tone.SAFE and inspection.grade in {Grade.CLAIMED, Grade.IMPORTED}:
        tone = Tone.DOUBT
    seen = f"Last inspected {moment(said.true_at)}: {sentence(said).partition(': ')[2]}"
    if inspection.grade:
        seen += f" ({pack_words.GRADES[inspection.grade]})"
    seen += "."
    if inspection is not _newest(fact for fact in facts if isinstance(fact.predicate, InspectionFact)):
        seen += " A newer inspection is withdrawn, or its key counts as compromised."
        if tone is not Tone.EXPOSED:
            tone, word = Tone.DOUBT, "Not known"
    return LastSeen(tone, word, seen, people)


def _newest(facts: Iterable[PackFact]) -> PackFact | None:
    return max(facts, key=lambda fact: (fact.true_at, fact.leaf), default=None)


def _people(holding: PackFact | None, newest: PackFact | None) -> str:
    """What the newest holding says that stands; `newest` is the newest of all."""
    if newest is None:
        return "Nobody stated how much personal data it holds."
    gone = "of the people on it is withdrawn, or its key counts as compromised."
    if holding is None:
        return f"What was stated {gone}"
    found = f"{sentence(holding.predicate)}, as found {moment(holding.true_at)}."
    return found if holding is newest else f"{found} A newer count {gone}"


def _verdict(result: PackResult, seen: LastSeen) -> Markup:
    known = pack_words.identifiers(result)
    also = f" ({joined(known)})" if known else ""
    return element(
        "div",
        symbol(seen.tone),
        element(
            "div",
            element(
                "p",
                "What was last seen of device ",
                element("code", result.device or ""),
                f"{also}, by what the log holds",
                class_="question",
            ),
            element("h1", element("span", f"{seen.word}.", class_="word")),
            element("p", seen.inspection),
            element("p", seen.people),
        ),
        class_=f"verdict {seen.tone}",
    )


def _caution() -> Markup:
    return element(
        "p",
        element("strong", "This page proves nothing by itself."),
        " It is the log's own account. Check the file that it came in, with a trust policy that reached you another way: ",
        element("code", "lossproof verify FILE --trust POLICY"),
        class_="partial",
    )


def _sections(result: PackResult) -> list[Section]:
    names = pack_words.organisations(result)
    about, others = pack_words.device_facts(result), pack_words.other_facts(result)
    timeline = _timeline("Facts about the device, in the order in which the log came to know them", about, names)
    if len(about) > _ROWS_OPEN:
        timeline = disclosure(f"All {number(len(about))} facts", timeline)
    relied = disclosure(
        amount(len(others), "fact"), _timeline("Facts about the log, keys and organisations", others, names)
    )
    return [
        Section("timeline", "What was stated about the device", timeline),
        Section("shown", "What the pack shows to who trusts this log", described(pack_words.shown(result))),
        Section("outside", "Who outside the log has seen it", _outside(result)),
        Section("relied", "What that relies on", relied),
        Section("log", "The log and the keys", _keys(result)),
        Section("limits", "What it does not prove", listed(pack_words.not_proved(result))),
    ]


def _timeline(caption: str, facts: Sequence[PackFact], names: Mapping[str, str]) -> Markup:
    heads = (
        "Leaf",
        "True at",
        "What was stated",
        "By whom",
        "How good that word is",
        "Known to the log",
        "Known before",
    )
    return table(caption, heads, (_row(fact, names) for fact in facts))


def _row(fact: PackFact, names: Mapping[str, str]) -> tuple[str, ...]:
    before = fact.logged_before
    remarks = "; ".join(pack_words.remarks(fact))
    said = sentence(fact.predicate)
    return (
        str(fact.leaf),
        moment(fact.true_at),
        together(said, element("strong", f" ({remarks})")) if remarks else said,
        pack_words.stated_by(fact, names),
        pack_words.GRADES[fact.grade] if fact.grade else "",
        moment(fact.known_at),
        moment(before.at) if before else "",
    )


def _outside(result: PackResult) -> Markup:
    if not (result.witnesses or result.stamps):
        return element("p", "Nobody whose word could be checked here. Not independently witnessed.")
    rows = [(one.name, moment(one.at), number(one.size)) for one in result.witnesses]
    rows += [
        (f"authority {pack_words.short(one.authority)}", moment(one.at), number(one.size)) for one in result.stamps
    ]
    seen = table("Witnesses and time stamps", ("Who", "When", "Leaves in the log then"), rows)
    if result.independent:
        return seen
    return together(seen, element("p", "That does not cover every fact about the device. Not independently witnessed."))


def _keys(result: PackResult) -> Markup:
    pairs = [
        ("Origin of the log", element("code", result.origin or "")),
        ("Key of the log", element("code", pack_words.grouped(result.log_key or ""))),
        (f"Root at {number(result.size or 0)} leaves", element("code", pack_words.grouped(result.root or ""))),
    ]
    for mark in sorted({fact.signer for fact in result.facts}):
        roles = sorted({fact.role.value for fact in result.facts if fact.signer == mark})
        pairs.append((f"Key of the {' and '.join(roles)}", element("code", pack_words.grouped(mark))))
    return described(pairs)
