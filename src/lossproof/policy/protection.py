"""Grades what `inspect` saw: `Protection`, whether a finder reads it, and why. Pure: no clock, no I/O.

The rules of a layer, the first that holds decides:

    1. shown to be readable without a secret      unprotected
    2. a plain range among the data               partial
    3. a hazard in cipher, mode, key or KDF       weak
    4. doubt: damaged, unknown, unproved          unknown
    5. a scheme that can be shown to protect      protected

The rules of a whole: blank ranges are neutral; readable parts beside encrypted ones are `partial`; after that the worst
part decides, and there `unknown` is worse than `weak`, because what is unknown may be readable. A scheme that is not
named here is `unknown`. Left out: what stands in the volumes (`check` asks `discover`).
"""

from __future__ import annotations

from dataclasses import replace

from lossproof.model.volume import Access, Content, Layer, Protection, Reason
from lossproof.policy.crypto import AS_OF, hazards
from lossproof.policy.findings import Effect, meaning, reason

PROVABLE_SCHEMES = frozenset({"luks1", "luks2", "bitlocker", "truecrypt", "veracrypt"})
"""Schemes whose headers can show that a secret is needed. Apple's and the hardware ones cannot, so far."""

CONTAINER_SCHEMES = frozenset({"mbr", "gpt", "lvm2", "linux_raid"})
"""Schemes that hold other layers and nothing of their own that a user wrote."""

_PLAIN = """
befs btrfs ceph_bluestore cramfs erofs exfat ext f2fs fat gfs2 hfs hfsplus hpfs iso9660 jfs minix mpool nilfs2 nss ntfs
ocfs2 refs reiser4 reiserfs romfs squashfs swap ubifs udf ufs vmfs vxfs xfs xfs_external_log zonefs
"""
PLAIN_SCHEMES = frozenset(_PLAIN.split())
"""File systems and swap areas that a finder reads as they are."""

# That a volume is encrypted does not show that a secret is needed: Apple's own chips hold the key of many.
_APFS_STATES = {
    "unencrypted": "unencrypted_volume",
    "partly": "unencrypted_volume_beside",
    "encrypted": "secret_not_shown",
}
# A layer whose parser said so in its state or its protectors alone: a recorded one may come from another program than ours.
_STATES = {
    "unencrypted": "unencrypted_volume",
    "decrypted": "decrypted",
    "suspended": "clear_key",
    "encrypting": "conversion_incomplete",
    "decrypting": "conversion_incomplete",
    "partly": "conversion_incomplete",
    "damaged": "header_damaged",
}
_BY_EFFECT = {
    Effect.READABLE: Protection.UNPROTECTED,
    Effect.PLAIN_PART: Protection.PARTIAL,
    Effect.HAZARD: Protection.WEAK,
    Effect.DOUBT: Protection.UNKNOWN,
    Effect.NOTE: Protection.PROTECTED,
}
_ACCESS = {
    Protection.UNPROTECTED: Access.YES,
    Protection.PARTIAL: Access.PARTLY,
    Protection.WEAK: Access.NO,
    Protection.PROTECTED: Access.NO,
    Protection.UNKNOWN: Access.UNKNOWN,
}


ROUNDING_BYTES = 1 << 20
"""So much of a range may be left over behind its last segment by alignment alone."""


def grade(layer: Layer, *, at: str = AS_OF) -> Layer:
    """`layer` and all inside it with `protection`, `readable` and `reasons`, by the table as of `at` (RFC 3339)."""
    children = tuple(grade(child, at=at) for child in layer.layers)
    layer = replace(layer, layers=children)
    if layer.scheme in CONTAINER_SCHEMES and children:
        protection, access, reasons = _whole(_parts(layer))
        return replace(layer, protection=protection, readable=access, reasons=reasons)
    if layer.scheme == "hardware":
        return _grade_hardware(layer)
    codes = tuple(dict.fromkeys((*layer.findings, *_codes_of_scheme(layer, at))))
    worst = max((meaning(code).effect for code in codes), default=Effect.DOUBT)
    protection = _BY_EFFECT[worst]
    access = _ACCESS[protection]
    if protection is Protection.WEAK and any(meaning(code).effect is Effect.DOUBT for code in codes):
        access = Access.UNKNOWN
    if protection is Protection.PROTECTED and layer.scheme == "blank":
        protection, access = Protection.UNPROTECTED, Access.YES
    return replace(layer, protection=protection, readable=access, reasons=_reasons(codes))


def overall(layers: tuple[Layer, ...]) -> tuple[Protection, Access, tuple[Reason, ...]]:
    """Protection, access and reasons of a target from its graded top layers, which cover it from start to end."""
    return _whole([part for layer in layers for part in _parts(layer)])


def _codes_of_scheme(layer: Layer, at: str) -> tuple[str, ...]:
    """What the scheme's name, state, extents and cryptography say, beside the findings of its parser."""
    scheme = layer.scheme
    if scheme in PROVABLE_SCHEMES:
        judged = hazards(layer, at=at) if _judged_by_cipher(layer) else ()
        return (*_codes_of_state(layer), *_codes_of_extents(layer), *judged, "encrypted")
    if scheme in PLAIN_SCHEMES:
        return ("plain_file_system",)
    if scheme == "apfs":
        return (_APFS_STATES.get(layer.state or "", "encryption_not_shown"),)
    if scheme == "filevault2":
        return ("encryption_not_shown",)
    if scheme in {"blank", "unrecognised"}:
        return (scheme,)
    if scheme == "headerless":
        return ("random_looking",)
    return ("container_empty",) if scheme in {"mbr", "gpt"} else ("container_not_opened",)


def _judged_by_cipher(layer: Layer) -> bool:
    """Whether the table is asked: not where no cipher is named and the parser has said why."""
    return layer.cipher is not None or all(meaning(code).effect is Effect.NOTE for code in layer.findings)


def _codes_of_state(layer: Layer) -> tuple[str, ...]:
    """What its state and its protectors say against a layer, where no finding says as bad."""
    codes = [_STATES[layer.state]] if layer.state in _STATES else []
    if any(one.kind == "clear_key" for one in layer.protectors):
        codes.append("clear_key")
    found = max((meaning(code).effect for code in layer.findings), default=Effect.NOTE)
    return tuple(code for code in codes if meaning(code).effect > found)


def _codes_of_extents(layer: Layer) -> tuple[str, ...]:
    contents = {extent.content for extent in layer.extents if extent.size_bytes > 0}
    beyond = sum(extent.size_bytes for extent in layer.extents if extent.content is Content.UNKNOWN)
    if beyond > ROUNDING_BYTES and Content.PLAINTEXT not in contents:
        return ("beyond_segments",)
    if Content.PLAINTEXT not in contents or "decrypted" in layer.findings:
        return ()
    return ("conversion_incomplete",) if Content.CIPHERTEXT in contents else ("no_cipher",)


def _grade_hardware(layer: Layer) -> Layer:
    """A self-encrypting medium: what is seen now proves nothing, except where software encrypts inside it."""
    own = ("hardware_claim_unproved",)
    if layer.layers:
        protection, access, reasons = _whole([part for child in layer.layers for part in _parts(child)])
        if protection in {Protection.PROTECTED, Protection.WEAK}:
            return replace(layer, protection=protection, readable=access, reasons=(*reasons, *_reasons(own)))
    codes = tuple(dict.fromkeys((*layer.findings, *own)))
    return replace(layer, protection=Protection.UNKNOWN, readable=Access.UNKNOWN, reasons=_reasons(codes))


def _reasons(codes: tuple[str, ...]) -> tuple[Reason, ...]:
    """Reasons, weightiest first. `encrypted` is said only of what is graded so without any doubt."""
    weighty = any(meaning(code).effect is not Effect.NOTE for code in codes)
    kept = [code for code in codes if not (weighty and code == "encrypted")]
    return tuple(reason(code) for code in sorted(kept, key=lambda code: -meaning(code).effect))


def _parts(layer: Layer) -> list[Layer]:
    """The layers that decide: a container gives way to what it holds, beside which only its own doubts count."""
    if layer.scheme not in CONTAINER_SCHEMES or not layer.layers:
        return [layer]
    parts = [part for child in layer.layers for part in _parts(child)]
    codes = tuple(dict.fromkeys(layer.findings))
    if any(meaning(code).effect is not Effect.NOTE for code in codes):
        parts.append(
            replace(layer, layers=(), protection=Protection.UNKNOWN, readable=Access.UNKNOWN, reasons=_reasons(codes))
        )
    return parts


def _is_neutral(layer: Layer) -> bool:
    return layer.scheme == "blank" and layer.protection is Protection.UNPROTECTED


def _whole(parts: list[Layer]) -> tuple[Protection, Access, tuple[Reason, ...]]:
    """The rules of a whole, on parts that have been graded."""
    weighing = [part for part in parts if not _is_neutral(part)]
    if not weighing:
        return (Protection.UNPROTECTED, Access.YES, (reason("blank"),)) if parts else _nothing_seen()
    kinds = {part.protection for part in weighing}
    mixed = Protection.UNPROTECTED in kinds and bool(kinds & {Protection.PROTECTED, Protection.WEAK})
    if Protection.PARTIAL in kinds or mixed:
        protection = Protection.PARTIAL
    else:
        order = (Protection.UNPROTECTED, Protection.UNKNOWN, Protection.WEAK)
        protection = next((kind for kind in order if kind in kinds), Protection.PROTECTED)
    access = _ACCESS[protection]
    if protection is Protection.WEAK and any(part.readable is Access.UNKNOWN for part in weighing):
        access = Access.UNKNOWN
    every = {one.code: one for part in weighing for one in part.reasons}
    if len(kinds) > 1 or protection is not Protection.PROTECTED:
        every.pop("encrypted", None)
    codes = (*(("mixed_parts",) if mixed else ()), *sorted(every, key=lambda code: -meaning(code).effect))
    return protection, access, tuple(reason(code) for code in codes)


def _nothing_seen() -> tuple[Protection, Access, tuple[Reason, ...]]:
    return Protection.UNKNOWN, Access.UNKNOWN, (reason("unrecognised"),)
