"""Makes an evidence pack: everything that a log says about a device, and all that is needed to check it elsewhere.

Specification: docs/reference/evidence-pack.md. A pack is of one size of the log, that of a signed checkpoint. It is checked as an
outsider would before it is given out, so a log that lies to itself gives an error and no pack. Left out: what people are shown
(`page`, which the caller draws from the result of that check), and whether the log's own policy is yours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from lossproof.errors import InputError
from lossproof.ledger.archive import MAX_ARCHIVE_BYTES, write_archive
from lossproof.ledger.envelope import open_envelope, sign_statement
from lossproof.ledger.erasable import opened
from lossproof.ledger.heads import Pair, prove_heads
from lossproof.ledger.keys import PrivateKey, fingerprint, public_text
from lossproof.ledger.pack_chains import exception_of
from lossproof.ledger.pack_forms import (
    Name,
    NameKind,
    write_consistency,
    write_heads,
    write_names,
    write_tail,
    write_tail_start,
)
from lossproof.ledger.pack_members import (
    CHECKPOINT,
    MANIFEST,
    MANIFEST_TYPE,
    MAX_LEAF,
    NAMES,
    PAGE,
    POLICY,
    TAIL,
    TAIL_START,
    Manifest,
    earlier_name,
    entry_name,
    envelope_name,
    heads_name,
    key_name,
    proof_name,
)
from lossproof.ledger.pack_steps import named_digests
from lossproof.ledger.reading import Leaf, Log, StoredCheckpoint
from lossproof.ledger.store import Ledger
from lossproof.ledger.tlog_proof import InclusionProof
from lossproof.ledger.tree import Address, prove_consistency, prove_inclusion, root_nodes
from lossproof.ledger.trust import NONE, TrustPolicy
from lossproof.ledger.verification import verify_pack
from lossproof.model.fact import Statement
from lossproof.model.facts.replay import Replay
from lossproof.model.pack import PackResult
from lossproof.wire.facts import decode_statement

MOST_EARLIER = 64
"""How many of the newest earlier checkpoints a pack holds, and of the newest that end in a heads leaf, as those do that
`ledger checkpoint` prints; besides those that somebody outside dated, those of replays, and those asked for."""

CHECKPOINT_FIRST = "`lossproof ledger checkpoint` adds a heads leaf and signs a checkpoint; then make the pack again"


class Signer(NamedTuple):
    """A key that signed facts: its raw public key, and the subjects that a pack with its facts relies on because of it."""

    public: bytes
    relied_on: tuple[str, ...]


SignerOf = Callable[[str], Signer | None]
"""Knows the keys of a log by fingerprint; None for one that it does not know."""

NamesOf = Callable[[Iterable[str]], Iterable[Name]]
"""What salted digests stand for, as far as it has not been erased."""


class DrawPage(Protocol):
    """Draws the page inside a pack from what its check showed: `report.evidence_page.page`."""

    def __call__(self, result: PackResult, /, *, made_at: str, tool: str) -> str:
        """The whole page."""


class PackSource(Protocol):
    """The log that a pack is made from, in one state: `reading.Reader` is one."""

    @property
    def log(self) -> Log:
        """Its origin, subject and key."""

    def leaves(self, start: int = 0, stop: int | None = None) -> Iterator[Leaf]:
        """The leaves from `start` to before `stop`."""

    def leaf(self, index: int) -> Leaf:
        """One leaf."""

    def chain(self, subject: str, stop: int | None = None) -> Sequence[Leaf]:
        """Every leaf about a subject before `stop`, the oldest first."""

    def envelope(self, digest: str) -> bytes:
        """The envelope with this SHA-256."""

    def last_heads(self) -> Leaf | None:
        """The last heads leaf."""

    def heads(self, stop: int) -> Sequence[Pair]:
        """(subject, last leaf before `stop`), sorted by subject."""

    def nodes(self, addresses: Sequence[Address]) -> Sequence[bytes]:
        """Hashes of complete nodes."""

    def newest_checkpoint(self) -> StoredCheckpoint | None:
        """The signed checkpoint of most leaves."""

    def checkpoint(self, size: int) -> StoredCheckpoint | None:
        """The signed checkpoint of exactly that size."""

    def recent(self, below: int, most: int) -> Sequence[int]:
        """The sizes of the newest checkpoints of fewer than `below` leaves."""

    def dated(self) -> Sequence[int]:
        """The sizes of the checkpoints with a cosignature or a time stamp, in order."""

    def stamps(self, size: int) -> Sequence[bytes]:
        """The time stamps on the checkpoint of that size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a pack needs besides the log. `policy` is the trust policy that the log suggests; `page` draws `page.html` from what the
    check of the pack showed. `size` is that of the checkpoint to be packed (the newest where None); the checkpoints of `since`
    are put in. `made_at` is RFC 3339 to the second, `tool` the program and its version."""

    log_key: PrivateKey
    policy: TrustPolicy
    page: DrawPage
    made_at: str
    tool: str
    size: int | None = None
    since: tuple[int, ...] = ()


def pack_device(ledger: Ledger, device: str, making: Making) -> bytes:
    """The pack of a device of the newest log of a store.

    Raises `InputError` where the log says nothing of the device or has no checkpoint with a heads leaf, `StoreError` where the
    store cannot be read, `VerificationError` where what it holds does not hold, `FormatError` where the pack would be too large.
    """
    projection = ledger.projection

    def signer(mark: str) -> Signer | None:
        key = projection.key(mark)
        return None if key is None else Signer(key.public, (key.subject, key.organisation))

    def names(digests: Iterable[str]) -> list[Name]:
        return [
            Name(digest=one.digest, kind=NameKind(one.kind), salt=one.salt.hex(), value=one.value)
            for one in opened(ledger.database, digests)
        ]

    with ledger.database.snapshot():
        return make_pack(ledger.reader, device, making, signer=signer, names=names)


def make_pack(
    source: PackSource,
    device: str,
    making: Making,
    *,
    signer: SignerOf,
    names: NamesOf,
) -> bytes:
    """The pack of a device of a log. `signer` knows keys by fingerprint, `names` what digests stand for. Raises as `pack_device`."""
    manifest, members = gather(source, device, making, signer=signer, names=names)
    # Not everyone whose word the policy wants has spoken yet when the pack is made: its reader decides by a policy of their own.
    lenient = replace(making.policy, quorum=NONE)
    draft = seal(members | {PAGE: b""}, manifest, making.log_key)
    page = making.page(verify_pack(draft, policy=lenient), made_at=making.made_at, tool=making.tool).encode()
    return seal(members | {PAGE: page}, manifest, making.log_key)


def seal(members: Mapping[str, bytes], manifest: Manifest, log_key: PrivateKey) -> bytes:
    """The archive of these members with their manifest, signed by the log key."""
    payload = manifest.payload(members)
    signed = sign_statement(payload, log_key, MANIFEST_TYPE, most_bytes=MAX_ARCHIVE_BYTES)
    return write_archive({**members, MANIFEST: signed})


def gather(
    source: PackSource,
    device: str,
    making: Making,
    *,
    signer: SignerOf,
    names: NamesOf,
) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest's fields and all members but `manifest.json` and `page.html`. Nothing is checked."""
    newest = _newest(source, making.size)
    size, start = newest.size, _last_heads(source, newest.size)
    relied = _relied_on(source, device, size, signer)
    keys = relied.keys | {fingerprint(making.log_key.public): making.log_key.public}
    subjects = sorted(relied.chains)
    proofs = prove_heads(source.heads(start), subjects)
    members = {
        CHECKPOINT: newest.note,
        POLICY: making.policy.text().encode(),
        TAIL: write_tail(leaf.text for leaf in source.leaves(start, size)),
        TAIL_START: write_tail_start(start, source.nodes(root_nodes(start))),
        NAMES: write_names(names({digest for one in relied.statements for _, digest in named_digests(one)})),
        **{envelope_name(digest): envelope for digest, envelope in relied.envelopes.items()},
        **{key_name(mark): public_text(public).encode() for mark, public in keys.items()},
        **{heads_name(subject): write_heads(proof) for subject, proof in zip(subjects, proofs, strict=True)},
    }
    leaves = [leaf for chain in relied.chains.values() for leaf in chain]
    for leaf in leaves:
        if leaf.index < start:
            path = prove_inclusion(source.nodes, leaf.index, size)
            proof = InclusionProof(index=leaf.index, hashes=tuple(path), checkpoint=newest.note)
            members |= {entry_name(leaf.index): leaf.text, proof_name(leaf.index): proof.text()}
    asked = {*making.since, *_replayed(source, start, relied.statements)}
    members |= _earlier(source, newest, [leaf.index for leaf in leaves], asked)
    manifest = Manifest(
        device=device, heads=start, made_at=making.made_at, origin=source.log.origin, size=size, tool=making.tool
    )
    return manifest, members


def _newest(source: PackSource, size: int | None) -> StoredCheckpoint:
    found = source.newest_checkpoint() if size is None else source.checkpoint(size)
    if found is None:
        raise InputError("the log has no signed checkpoint of that size", hint=CHECKPOINT_FIRST)
    if found.size > MAX_LEAF:
        raise InputError("the log has more leaves than a pack can number")
    return found


def _last_heads(source: PackSource, size: int) -> int:
    """The index of the last heads leaf before `size`."""
    heads = source.last_heads()
    while heads is not None and heads.index >= size:
        heads = None if heads.entry.previous is None else source.leaf(heads.entry.previous)
    if heads is None:
        raise InputError("the log has no heads leaf, which shows that a pack is complete", hint=CHECKPOINT_FIRST)
    return heads.index


class _Relied(NamedTuple):
    """Everything relied on: chains by subject, envelopes by digest, public keys by fingerprint, and what the envelopes state."""

    chains: dict[str, Sequence[Leaf]]
    envelopes: dict[str, bytes]
    keys: dict[str, bytes]
    statements: list[Statement]


def _relied_on(source: PackSource, device: str, size: int, signer: SignerOf) -> _Relied:
    """The chains of the device and of the log, then of every key that signed in one, of its organisation, and of every exception
    that one names, until no more come in."""
    relied = _Relied({}, {}, {}, [])
    waiting = [device, source.log.subject]
    while waiting:
        subject = waiting.pop()
        if subject in relied.chains:
            continue
        relied.chains[subject] = source.chain(subject, size)
        for digest in {leaf.entry.digest for leaf in relied.chains[subject]} - relied.envelopes.keys():
            relied.envelopes[digest] = source.envelope(digest)
            signed = open_envelope(relied.envelopes[digest])
            statement, mark = decode_statement(signed.payload), signed.keyid
            relied.statements.append(statement)
            waiting += filter(None, [exception_of(statement)])
            key = None if mark in relied.keys else signer(mark)
            if key is not None:
                relied.keys[mark] = key.public
                waiting += key.relied_on
    if not relied.chains[device]:
        raise InputError(
            "the log says nothing of this device", hint="`lossproof ledger show` lists the devices that it knows"
        )
    return relied


def _replayed(source: PackSource, start: int, statements: Iterable[Statement]) -> set[int]:
    """The sizes of signed checkpoints before the heads leaf that somebody states to have replayed the log to: their roots are
    compared with these. From the heads leaf on, the tail gives the root."""
    said = (one.predicate for one in statements)
    sizes = {one.size for one in said if isinstance(one, Replay)}
    return {size for size in sizes if 0 < size < start and source.checkpoint(size) is not None}


def _earlier(
    source: PackSource, newest: StoredCheckpoint, leaves: Iterable[int], asked: Iterable[int]
) -> dict[str, bytes]:
    """The earlier checkpoints that the pack holds, each with its consistency proof and, if it has one, a time stamp."""
    members: dict[str, bytes] = {}
    for size in sorted({*_covering(source, newest.size, leaves), *_comparable(source, newest.size), *asked}):
        found, stamps = source.checkpoint(size), source.stamps(size)
        if found is None or not 0 < size <= newest.size:
            raise InputError(f"the log has no signed checkpoint of {size} leaves that came before this pack's")
        if size == newest.size and not stamps:
            continue
        members[earlier_name(size, "checkpoint")] = found.note
        members[earlier_name(size, "proof")] = write_consistency(prove_consistency(source.nodes, size, newest.size))
        if stamps:
            members[earlier_name(size, "tsr")] = stamps[0]
    return members


def _covering(source: PackSource, size: int, leaves: Iterable[int]) -> set[int]:
    """Of the checkpoints that somebody outside spoke of, the first that covers each leaf: the earliest outside word for it."""
    dated = [one for one in source.dated() if one <= size]
    return {dated[at] for at in (bisect_right(dated, leaf) for leaf in leaves) if at < len(dated)}


def _comparable(source: PackSource, size: int) -> set[int]:
    """The checkpoints that the pack's reader may hold: the newest, and the newest of those that were made to be given out, which
    end in a heads leaf."""
    found = set(source.recent(size, MOST_EARLIER))
    heads = source.last_heads()
    for _ in range(MOST_EARLIER):
        if heads is None:
            break
        end = heads.index + 1
        if end < size and source.checkpoint(end) is not None:
            found.add(end)
        heads = None if heads.entry.previous is None else source.leaf(heads.entry.previous)
    return found
