"""The members of an evidence pack, by their families, and the manifest that lists them.

Specification: docs/reference/evidence-pack.md, "The members". Left out: what stands in the members (`pack_forms`), and whether
it holds (`verification`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from lossproof.errors import FormatError
from lossproof.model.shapes import LeafIndex, Moment, Origin, RandomId, Shaped, Tool

CHECKPOINT, MANIFEST, NAMES, PAGE, POLICY = "checkpoint", "manifest.json", "names.json", "page.html", "policy"
TAIL, TAIL_START = "tail", "tail.json"
SINGLE = frozenset({CHECKPOINT, MANIFEST, NAMES, PAGE, POLICY, TAIL, TAIL_START})
MANIFEST_TYPE = "application/vnd.lossproof.manifest+json"
MAX_LEAF = 999_999_999
"""The largest index, and size, that the names of members can write."""

_FAMILIES = {
    "earlier": re.compile(r"earlier/([0-9]{9})\.(checkpoint|proof|tsr)"),
    "entries": re.compile(r"entries/([0-9]{9})\.json"),
    "envelopes": re.compile(r"envelopes/([0-9a-f]{64})\.json"),
    "heads": re.compile(r"heads/([0-9a-f]{32})\.json"),
    "keys": re.compile(r"keys/([0-9a-f]{64})\.pem"),
    "proofs": re.compile(r"proofs/([0-9]{9})\.tlog-proof"),
}
_MANIFEST = re.compile(
    rb'\{"device":"([0-9a-f]{32})","heads":([0-9]{1,9}),"made_at":"([0-9TZ:-]{20})","members":\[.*\],'
    rb'"origin":"([a-z0-9/]{1,64})","size":([0-9]{1,9}),"tool":"([a-z0-9. ]{1,64})","v":1\}',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The members by family: those named by a leaf by its index, those by a digest or subject by that, `earlier` by size and
    ending (`checkpoint`, `proof`, `tsr`). `single` are the others by name."""

    single: Mapping[str, bytes]
    earlier: Mapping[int, Mapping[str, bytes]]
    entries: Mapping[int, bytes]
    envelopes: Mapping[str, bytes]
    heads: Mapping[str, bytes]
    keys: Mapping[str, bytes]
    proofs: Mapping[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Shaped):
    """What the manifest says of the pack as a whole: `heads` is the index of the heads leaf, `size` that of the tree."""

    device: RandomId
    heads: LeafIndex
    made_at: Moment
    origin: Origin
    size: LeafIndex
    tool: Tool

    def __post_init__(self) -> None:
        """Check every field, and that genesis stands before the heads leaf, and that in the tree."""
        Shaped.__post_init__(self)
        if not 1 <= self.heads < self.size:
            raise ValueError("heads: a leaf after the first and in the tree")

    def payload(self, members: Mapping[str, bytes]) -> bytes:
        """The manifest as canonical JSON over these members, by name; itself left out."""
        listed = ",".join(
            f'{{"name":"{name}","sha256":"{sha256(members[name]).hexdigest()}","size":{len(members[name])}}}'
            for name in sorted(members)
            if name != MANIFEST
        )
        return (
            f'{{"device":"{self.device}","heads":{self.heads},"made_at":"{self.made_at}","members":[{listed}],'
            f'"origin":"{self.origin}","size":{self.size},"tool":"{self.tool}","v":1}}'
        ).encode("ascii")


def sort_members(members: Mapping[str, bytes]) -> Members:
    """The members in their families. Raises `FormatError` for one that is not known and where a single one is missing."""
    single: dict[str, bytes] = {}
    families: dict[str, dict[str, bytes]] = {family: {} for family in _FAMILIES}
    earlier: dict[int, dict[str, bytes]] = {}
    for name, content in members.items():
        family = name.partition("/")[0]
        if name in SINGLE:
            single[name] = content
            continue
        match = _FAMILIES[family].fullmatch(name) if family in _FAMILIES else None
        if match is None:
            raise FormatError("a member that no evidence pack has")
        if family == "earlier":
            earlier.setdefault(int(match[1]), {})[match[2]] = content
        else:
            families[family][match[1]] = content
    missing = sorted(SINGLE - single.keys())
    if missing:
        raise FormatError(f"the member {missing[0]} is missing")
    return Members(
        single=single,
        earlier=earlier,
        entries={int(index): content for index, content in families["entries"].items()},
        envelopes=families["envelopes"],
        heads=families["heads"],
        keys=families["keys"],
        proofs={int(index): content for index, content in families["proofs"].items()},
    )


def parse_manifest(payload: bytes, members: Mapping[str, bytes]) -> Manifest:
    """The manifest in `payload`, if it is one and lists exactly these members. Raises `FormatError`."""
    match = _MANIFEST.fullmatch(payload)
    if match is None:
        raise FormatError("the manifest is not of its shape")
    device, heads, made_at, origin, size, tool = (text.decode("ascii") for text in match.groups())
    try:
        manifest = Manifest(device=device, heads=int(heads), made_at=made_at, origin=origin, size=int(size), tool=tool)
    except ValueError:
        raise FormatError("the manifest has a field that is not of its shape") from None
    # There is one way to write it, so it is compared as a whole: other members, digests, sizes or spellings alike.
    if manifest.payload(members) != payload:
        raise FormatError("the members are not those that the manifest lists")
    return manifest


def entry_name(index: int) -> str:
    """The member with the entry at a leaf."""
    return f"entries/{index:09}.json"


def proof_name(index: int) -> str:
    """The member with the inclusion proof of a leaf."""
    return f"proofs/{index:09}.tlog-proof"


def envelope_name(digest: str) -> str:
    """The member with the envelope of that SHA-256."""
    return f"envelopes/{digest}.json"


def heads_name(subject: str) -> str:
    """The member with the heads proof of a subject."""
    return f"heads/{subject}.json"


def key_name(fingerprint: str) -> str:
    """The member with the public key of that fingerprint."""
    return f"keys/{fingerprint}.pem"


def earlier_name(size: int, ending: str) -> str:
    """A member about the earlier checkpoint of that size: `checkpoint`, `proof` or `tsr`."""
    return f"earlier/{size:09}.{ending}"
