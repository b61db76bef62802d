"""A rule in English, for people who decide on rules and do not read TOML."""

from __future__ import annotations

from lossproof.policy.predicates import Part, every
from lossproof.policy.rule import FRESH_SECONDS, HANDOVER, Rule, Source


def describe(rule: Rule) -> str:
    """Sentences: for which devices, what they must do, how good the evidence must be, what follows otherwise, and by which law."""
    sentences = [f"{_who(rule)} must {_and([every()[name].says(value) for name, value in rule.require])}."]
    if any(every()[name].PART is Part.ENCRYPTION for name, _ in rule.require):
        sentences.append(f"This is shown by evidence that is {_evidence(rule)}.")
    elif any(every()[name].PART is Part.CONTENTS for name, _ in rule.require):
        sentences.append(f"Counts are believed that are {every()['level'].says(rule.demands.level)}.")
    sentences.append(f"Otherwise: {rule.say.rstrip('.')} (severity {rule.severity}).")
    if HANDOVER in rule.stop:
        sentences.append("Until then the device may not be handed over.")
    if rule.cites:
        known = " (recalled, not looked up)" if rule.source is Source.RECALLED else ""
        sentences.append(f"Because of {', '.join(rule.cites)}{known}.")
    return " ".join(sentences)


def _who(rule: Rule) -> str:
    said = [every()[name].says(value) for name, value in sorted(rule.applies, key=lambda pair: pair[0] != "kind")]
    return f"Devices that {_and(said)}{',' if len(said) > 1 else ''}" if said else "Every device"


def _evidence(rule: Rule) -> str:
    demands, known = rule.demands, every()
    said = [known["level"].says(demands.level), known["max_age"].says(demands.max_age)]
    if HANDOVER in rule.stop:
        said.append(known["fresh"].says(FRESH_SECONDS if demands.fresh is None else demands.fresh))
    return _and([*said, known["before_loss"].says(demands.before_loss)])


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"
