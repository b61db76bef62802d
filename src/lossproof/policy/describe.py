"""A rule in English, for people who decide on rules and do not read TOML."""

from __future__ import annotations

from collections.abc import Callable

from lossproof.policy.predicates import Part, every
from lossproof.policy.rule import FRESH_SECONDS, HANDOVER, Rule, Source

Word = Callable[[str], str]
"""English in the language of whoever reads; a sentence for values has places for them by name, `%(name)s`."""


def describe(rule: Rule, word: Word = str) -> str:
    """A rule in a few sentences."""
    return " ".join(sentences_of(rule, word))


def sentences_of(rule: Rule, word: Word = str) -> list[str]:
    """For which devices, what they must do, how good the evidence must be, what follows otherwise, and by which law."""
    asked = _and([word(every()[name].says(value)) for name, value in rule.require], word)
    sentences = [word("%(which)s must %(what)s.") % {"which": _which(rule, word), "what": asked}]
    if any(every()[name].PART is Part.ENCRYPTION for name, _ in rule.require):
        sentences.append(word("This is shown by evidence that is %(how)s.") % {"how": _evidence(rule, word)})
    elif any(every()[name].PART is Part.CONTENTS for name, _ in rule.require):
        level = word(every()["level"].says(rule.demands.level))
        sentences.append(word("Counts are believed that are %(how)s.") % {"how": level})
    followed = {"say": word(rule.say).rstrip("."), "severity": word(rule.severity.value)}
    sentences.append(word("Otherwise: %(say)s (severity %(severity)s).") % followed)
    if HANDOVER in rule.stop:
        sentences.append(word("Until then the device may not be handed over."))
    if rule.cites:
        recalled = rule.source is Source.RECALLED
        because = word("Because of %(laws)s (recalled, not looked up).") if recalled else word("Because of %(laws)s.")
        sentences.append(because % {"laws": ", ".join(rule.cites)})
    return sentences


def _which(rule: Rule, word: Word) -> str:
    applies = sorted(rule.applies, key=lambda pair: pair[0] != "kind")
    said = [word(every()[name].says(value)) for name, value in applies]
    if not said:
        return word("Every device")
    which = word("Devices that %(are)s,") if len(said) > 1 else word("Devices that %(are)s")
    return which % {"are": _and(said, word)}


def _evidence(rule: Rule, word: Word) -> str:
    demands, known = rule.demands, every()
    said = [known["level"].says(demands.level), known["max_age"].says(demands.max_age)]
    if HANDOVER in rule.stop:
        said.append(known["fresh"].says(FRESH_SECONDS if demands.fresh is None else demands.fresh))
    return _and([word(one) for one in (*said, known["before_loss"].says(demands.before_loss))], word)


def _and(parts: list[str], word: Word) -> str:
    if len(parts) == 1:
        return parts[0]
    return word("%(first)s, and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}
