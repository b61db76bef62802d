"""Is there personal data here that a finder could read? The table of the design, section 3, as one pure function.

| `exposed` | when |
|---|---|
| False | every range is protected or blank; or everything readable was examined, and nobody was found |
| True | readable without a secret, and at least one person found |
| None | anything else: unknown ranges, files not examined, a weak scheme, an interrupted scan |

A folder was readable when it was read, so people found there are exposed, unless its volume is proved protected.
"""

from __future__ import annotations

from collections.abc import Iterator

from lossproof.model.holding import Holding
from lossproof.model.standing import Standing
from lossproof.model.verdict import Verdict
from lossproof.model.volume import Access, Inspection, Layer, Protection, Reason
from lossproof.policy import crypto
from lossproof.policy.findings import Effect, meaning

_STANDING = {
    Protection.PROTECTED: Standing.PROTECTED,
    Protection.WEAK: Standing.WEAK,
    Protection.PARTIAL: Standing.UNPROTECTED,
    Protection.UNPROTECTED: Standing.UNPROTECTED,
    Protection.UNKNOWN: Standing.UNPROVEN,
}


def verdict(target: str, inspection: Inspection | None, holding: Holding | None, *, folder: bool, at: str) -> Verdict:
    """The verdict on one target.

    For a folder, `inspection` is that of the medium below it, where it could be read, else None. `holding` is None where nothing
    needed to be examined. `at` is the moment of the answer (RFC 3339, UTC), from which `valid_until` follows.
    """
    standing = _STANDING[inspection.protection] if inspection else Standing.UNPROVEN
    found = holding is not None and (holding.people.low > 0 or holding.raw.people.low > 0)
    if folder:
        exposed, reasons = _folder(inspection, holding, found=found)
    elif found:
        exposed, reasons = True, [_reason("people_readable")]
    else:
        reasons = _doubts(inspection, holding)
        exposed = None if reasons else False
        if exposed is False:
            protected = inspection is not None and inspection.protection is Protection.PROTECTED
            reasons = [_reason("all_protected" if protected or holding is None else "nobody_found")]
    if holding is not None and holding.raw.people.low > 0:
        reasons.append(_reason("people_in_deleted_data"))
    if holding is not None and holding.interrupted and exposed is True:
        reasons.append(_reason("interrupted"))
    return Verdict(
        target=target,
        exposed=exposed,
        standing=standing,
        inspection=inspection,
        holding=holding,
        reasons=(*reasons, *(inspection.reasons if inspection else ())),
        valid_until=crypto.next_change(at),
    )


def _folder(inspection: Inspection | None, holding: Holding | None, *, found: bool) -> tuple[bool | None, list[Reason]]:
    doubts = _doubts(None, holding)
    if inspection is not None and inspection.protection is Protection.PROTECTED and (found or doubts):
        return False, [_reason("unlocked_now")]
    if found:
        return True, [_reason("people_readable")]
    if doubts:
        return None, doubts
    return False, [_reason("nobody_found")]


def _doubts(inspection: Inspection | None, holding: Holding | None) -> list[Reason]:
    """Every reason for which nobody can honestly say no."""
    codes: list[str] = []
    if inspection is not None:
        leaves = inspection.leaves()
        if any(_unknown(layer) for layer in _every(inspection.layers)):
            codes.append("unknown_ranges")
        if any(leaf.protection is Protection.WEAK for leaf in leaves):
            codes.append("weak_scheme")
        if holding is None and any(leaf.readable is not Access.NO and not _blank(leaf) for leaf in leaves):
            codes.append("not_all_examined")
    if holding is not None:
        if holding.interrupted:
            codes.append("interrupted")
        if [skipped for skipped in holding.not_examined if skipped.reason != "interrupted"]:
            codes.append("not_all_examined")
        if holding.people.high > 0 or holding.raw.people.high > 0 or holding.possible > 0:
            codes.append("perhaps_people")
        if holding.named_only > 0:
            codes.append("named_only")
        if holding.unattributed:
            codes.append("identifiers_without_people")
    return [_reason(code) for code in codes]


def _blank(leaf: Layer) -> bool:
    return leaf.scheme == "blank" and "sampled_only" not in leaf.findings


def _every(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    for layer in layers:
        yield layer
        yield from _every(layer.layers)


def _unknown(layer: Layer) -> bool:
    """Whether a layer may hold, or point to, what nobody has seen: a volume cut short, a partition past the end.

    Bytes outside partitions were read as raw text, unless they look random.
    """
    if "outside_partitions" in layer.findings and layer.scheme in {"unrecognised", "blank"}:
        return False
    if layer.protection is Protection.UNKNOWN and not layer.layers:
        return True
    return any(meaning(code).effect is Effect.DOUBT for code in layer.findings)


REASONS = {
    "people_readable": "Personal data was found, and whoever finds this can read it without a password or key.",
    "people_in_deleted_data": (
        "Some of it is in deleted files or in space that no file uses: deleting or quick-formatting did not remove it."
    ),
    "all_protected": "Every part of this is encrypted, or blank to the last byte.",
    "nobody_found": "Everything on it was readable, all of it was examined, and nobody was found in it.",
    "unlocked_now": (
        "The volume is encrypted, and was unlocked when it was read. Once it is locked or unplugged, a finder cannot read it."
    ),
    "unknown_ranges": "Part of it could not be identified, so nobody can say whether a finder could read it.",
    "weak_scheme": "It is encrypted in a way that no longer holds: a finder with patience may read it.",
    "interrupted": "The scan was stopped before it was done.",
    "not_all_examined": "Some of it could not be examined, so personal data there cannot be ruled out.",
    "perhaps_people": "Some of what was found may be about people.",
    "named_only": "People are named here, though without a number or date of birth.",
    "identifiers_without_people": (
        "There are account, card, tax or mobile numbers or personal e-mail addresses here without the names of their owners."
    ),
}
"""Every reason of this table by its code, in one plain sentence."""


def _reason(code: str) -> Reason:
    return Reason(code=code, text=REASONS[code])
