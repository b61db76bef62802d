"""The people on a device, sealed for later; and the distinct people over several devices, counted from what was sealed.

Nothing that is opened here is written anywhere: a manifest's records live as long as the count takes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from lossproof.discover import records
from lossproof.discover.people import link
from lossproof.discover.records import Records
from lossproof.errors import FormatError, LossproofError
from lossproof.ledger.manifest import SealedManifest, open_manifest, seal_manifest
from lossproof.model.holding import People
from lossproof.model.union import ManifestCount, PeopleUnion

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

    from lossproof.discover.mention import Mention
    from lossproof.discover.scan import Found

Told = Callable[[int], None]
"""Called with how many manifests were opened and counted."""


class Count(NamedTuple):
    """Distinct people among mentions: of whom, by category, and of whom there is only a name."""

    people: People
    people_by_category: dict[str, int]
    named_only: int
    rests_on: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenManifest:
    """A manifest to be counted: what it is called, its bytes, and what was stated of it, such as by its holding fact."""

    name: str
    ciphertext: bytes = field(repr=False)
    stated: People | None = None


def seal_people(found: Found, *, device: str, scan: str, recipient: str) -> SealedManifest:
    """Seal the mentions of a scan to a manifest recipient. `device` and `scan` are the random ids that the holding fact has.

    Raises `FormatError` where an id or the recipient is none, `UnsupportedError` where there are too many mentions.
    """
    scanned = Records(device=device, scan=scan, mentions=found.mentions)
    return seal_manifest(records.encode(scanned), recipient)


def count_people(mentions: Sequence[Mention]) -> Count:
    """Count the people of mentions as a scan does: by R1 to R5, categories by person."""
    linked = link(mentions)
    shown: dict[str, set[int]] = defaultdict(set)
    for mention, person in zip(mentions, linked.person, strict=True):
        if person >= 0:
            for category in mention.categories:
                shown[category].add(person)
    return Count(
        people=linked.people,
        people_by_category={category: len(who) for category, who in sorted(shown.items())},
        named_only=linked.named_only,
        rests_on=dict(sorted(linked.rests_on.items())),
    )


def union(
    manifests: Iterable[GivenManifest], identities: Sequence[Identity], *, told: Told | None = None
) -> PeopleUnion:
    """Count each manifest by itself, then the distinct people over all of them.

    The order in which manifests are given does not change the count, nor does one that is given twice. Raises as
    `open_manifest` and `records.decode` do, with the manifest's name, and `FormatError` where two manifests give one scan
    different records.
    """
    opened: dict[str, Records] = {}
    alone: list[ManifestCount] = []
    for number, given in enumerate(manifests, 1):
        scanned = _open(given, identities)
        repeats = scanned.scan in opened
        if repeats and opened[scanned.scan] != scanned:
            raise FormatError(
                f"{given.name}: another manifest has the same scan with other records",
                hint="count those whose digest stands in a fact, and ask who made the other",
            )
        opened.setdefault(scanned.scan, scanned)
        alone.append(replace(_alone(given, scanned), repeats=repeats))
        if told is not None:
            told(number)
    together = _together(sorted(opened.values(), key=lambda one: (one.device, one.scan)))
    return PeopleUnion(
        people=together.people,
        people_by_category=together.people_by_category,
        named_only=together.named_only,
        rests_on=together.rests_on,
        rules=records.RULES_VERSION,
        manifests=tuple(alone),
    )


def _open(given: GivenManifest, identities: Sequence[Identity]) -> Records:
    try:
        return records.decode(open_manifest(given.ciphertext, identities))
    except LossproofError as error:
        raise type(error)(f"{given.name}: {error}", hint=error.hint) from None


def _alone(given: GivenManifest, scanned: Records) -> ManifestCount:
    count = count_people(scanned.mentions)
    return ManifestCount(
        manifest=given.name,
        sha256=hashlib.sha256(given.ciphertext).hexdigest(),
        device=scanned.device,
        scan=scanned.scan,
        rules=scanned.rules,
        people=count.people,
        people_by_category=count.people_by_category,
        named_only=count.named_only,
        differs=None if given.stated is None else given.stated != count.people,
    )


def _together(scans: Sequence[Records]) -> Count:
    """The people over several scans.

    A number that means something only within its source (`Mention.local`) joins across devices where its file has one path on
    both: that is nearly always a copy. That it may be another's list under the same name is the high end's to say.
    """
    mentions = [mention for scanned in scans for mention in scanned.mentions]
    count = count_people(mentions)
    if not _shared_local(scans):
        return count
    apart = link([_of_device(scanned.device, mention) for scanned in scans for mention in scanned.mentions])
    more = max(0, apart.people.point - count.people.point)
    return count._replace(people=replace(count.people, high=count.people.high + more))


def _shared_local(scans: Sequence[Records]) -> bool:
    """Whether any local number stands on more than one device."""
    device: dict[str, str] = {}
    return any(
        device.setdefault(number, scanned.device) != scanned.device
        for scanned in scans
        for mention in scanned.mentions
        for number in mention.local
    )


def _of_device(device: str, mention: Mention) -> Mention:
    if not mention.local:
        return mention
    return mention._replace(local=tuple(f"{device}\x1f{number}" for number in mention.local))
