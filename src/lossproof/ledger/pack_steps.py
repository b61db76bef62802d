"""The steps of the check of an evidence pack, each for itself; `verification` takes them in order.

Specification: docs/reference/evidence-pack.md, "How to verify", steps 2 to 11 and 15, and the roots for step 14. Each takes what
earlier steps have shown, and returns what it shows, or raises `FormatError`, `UnsupportedError` or `VerificationError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from lossproof.errors import FormatError, VerificationError
from lossproof.ledger.archive import MAX_ARCHIVE_BYTES
from lossproof.ledger.checkpoint import Checkpoint, SignedCheckpoint, parse_checkpoint, read_signed
from lossproof.ledger.envelope import IN_TOTO, Envelope, open_envelope, verify_envelope, verify_many
from lossproof.ledger.heads import HeadProof, verify_head
from lossproof.ledger.keys import fingerprint, parse_public
from lossproof.ledger.note import ED25519, VerifierKey, parse_note
from lossproof.ledger.pack_chains import RelyingLeaf, Signed
from lossproof.ledger.pack_forms import (
    Name,
    NameKind,
    read_consistency,
    read_heads,
    read_names,
    read_tail,
    read_tail_start,
)
from lossproof.ledger.pack_members import (
    CHECKPOINT,
    MANIFEST,
    MANIFEST_TYPE,
    NAMES,
    TAIL,
    TAIL_START,
    Manifest,
    Members,
    parse_manifest,
)
from lossproof.ledger.pack_outside import cosigned
from lossproof.ledger.pack_times import OutsideWord
from lossproof.ledger.tlog_proof import parse_tlog_proof
from lossproof.ledger.tree import leaf_hash, leaf_hashes, verify_consistency, verify_inclusion
from lossproof.ledger.trust import TrustPolicy
from lossproof.model.entry import Entry
from lossproof.model.fact import Statement
from lossproof.model.facts.genesis import Genesis
from lossproof.model.facts.registration import IdentifierScheme, Registration
from lossproof.model.facts.replay import Replay
from lossproof.wire.facts import decode_entry, decode_statement

IndexedEntry = tuple[int, Entry]

_SCHEMES = {IdentifierScheme.SERIAL: NameKind.SERIAL, IdentifierScheme.ASSET_TAG: NameKind.ASSET_TAG}
_ENDINGS = ({"checkpoint", "proof"}, {"checkpoint", "proof", "tsr"})


class Compared(NamedTuple):
    """The checkpoint that the caller had before: its size, or None where none was given, and whether the pack lacks what it
    could be compared with."""

    size: int | None
    incomparable: bool


def manifest(by_name: Mapping[str, bytes]) -> tuple[Envelope, Manifest]:
    """Step 2: the manifest, which lists exactly these members. Its signature waits until the log key is known."""
    envelope = open_envelope(by_name[MANIFEST], most_bytes=MAX_ARCHIVE_BYTES)
    return envelope, parse_manifest(envelope.payload, by_name)


def checkpoint(members: Members, listed: Manifest, policy: TrustPolicy | None) -> tuple[Checkpoint, VerifierKey]:
    """Step 3: the checkpoint and the log key that signed it: the policy's, or without one that of genesis, unproved."""
    note = members.single[CHECKPOINT]
    claimed = parse_checkpoint(parse_note(note).text)
    if (claimed.origin, claimed.size) != (listed.origin, listed.size):
        raise VerificationError("the checkpoint is of another log or size than the manifest says")
    key = _genesis_key(members, claimed.origin) if policy is None else _trusted_key(policy, claimed.origin)
    return read_signed(note, _log_keys(key, policy)).checkpoint, key


def verify_manifest(envelope: Envelope, log_key: VerifierKey) -> None:
    """Step 4: the log key signed the manifest."""
    verify_envelope(envelope, log_key.public, MANIFEST_TYPE)


def quorum(members: Members, log_key: VerifierKey, policy: TrustPolicy | None) -> set[OutsideWord]:
    """Step 5: the witnesses of the policy that cosigned the checkpoint make its quorum. What they said."""
    if policy is None:
        return set()
    signed = read_signed(members.single[CHECKPOINT], _log_keys(log_key, policy), policy.witness_keys)
    policy.satisfied_by(cosignature.key for cosignature in signed.cosignatures)
    return cosigned(signed, policy)


def earlier(
    members: Members, newest: Checkpoint, log_key: VerifierKey, policy: TrustPolicy | None
) -> dict[int, SignedCheckpoint]:
    """Step 6: the earlier checkpoints by size, of this log and signed by it, which the newest extends."""
    witnesses = () if policy is None else policy.witness_keys
    found: dict[int, SignedCheckpoint] = {}
    for size, files in sorted(members.earlier.items()):
        if files.keys() not in _ENDINGS:
            raise VerificationError(
                "an earlier checkpoint is without its proof, or a proof or stamp without its checkpoint"
            )
        signed = read_signed(files["checkpoint"], _log_keys(log_key, policy), witnesses)
        if (signed.checkpoint.origin, signed.checkpoint.size) != (newest.origin, size) or size == 0:
            raise VerificationError("an earlier checkpoint is of another log or size than its name says")
        path = read_consistency(files["proof"])
        verify_consistency(size, signed.checkpoint.root, newest.size, newest.root, path)
        found[size] = signed
    return found


def compare_since(
    since: bytes | None,
    newest: Checkpoint,
    log_key: VerifierKey,
    policy: TrustPolicy | None,
    found: Mapping[int, SignedCheckpoint],
) -> Compared:
    """Step 7: the log still has the tree of the checkpoint that the caller had before."""
    if since is None:
        return Compared(None, incomparable=False)
    had = read_signed(since, _log_keys(log_key, policy)).checkpoint
    if had.origin != newest.origin:
        raise VerificationError("the checkpoint given is of another log")
    if had.size > newest.size:
        raise VerificationError(f"the log went back: it had {had.size} leaves, and the pack is of {newest.size}")
    if had.size < newest.size and had.size not in found:
        return Compared(had.size, incomparable=True)
    root = newest.root if had.size == newest.size else found[had.size].checkpoint.root
    if had.root != root:
        raise VerificationError(
            f"the log forked: at {had.size} leaves it was another log than the checkpoint given says"
        )
    return Compared(had.size, incomparable=False)


def tail(members: Members, listed: Manifest, newest: Checkpoint) -> list[IndexedEntry]:
    """Step 8: the entries from the last heads leaf on, which with the peaks before it make the whole tree."""
    before = read_tail_start(members.single[TAIL_START])
    texts = read_tail(members.single[TAIL])
    if not texts or before.size != listed.heads or before.size + len(texts) != newest.size:
        raise VerificationError("the tail is not the leaves from the heads leaf to the end of the log")
    if before.append(leaf_hashes(texts)).root() != newest.root:
        raise VerificationError("the tail does not lead to the root of the checkpoint")
    found = [decode_entry(text) for text in texts]
    if [index for index, entry in enumerate(found) if entry.kind == "heads"] != [0]:
        raise VerificationError("the tail does not begin with its only heads leaf")
    return list(enumerate(found, before.size))


def roots(members: Members, found: Mapping[int, SignedCheckpoint], leaves: Iterable[RelyingLeaf]) -> dict[int, bytes]:
    """For step 14: the roots of the tree at the sizes that replays in the pack name, as far as they can be computed: from the
    peaks and the tail, and before the heads leaf from the earlier checkpoints."""
    replays = (leaf.signed.statement.predicate for leaf in leaves)
    sizes = sorted({said.size for said in replays if isinstance(said, Replay)})
    known = {size: found[size].checkpoint.root for size in sizes if size in found}
    tree = read_tail_start(members.single[TAIL_START])
    start, hashes = tree.size, leaf_hashes(read_tail(members.single[TAIL]))
    for size in sizes:
        if start <= size <= start + len(hashes):
            tree = tree.append(hashes[tree.size - start : size - start])
            known[size] = tree.root()
    return known


def entries(members: Members, listed: Manifest) -> dict[int, Entry]:
    """Step 9, first half: the entries before the heads leaf, in order of index."""
    if any(index >= listed.heads for index in members.entries):
        raise VerificationError("an entry stands apart that belongs in the tail")
    return {index: decode_entry(text) for index, text in sorted(members.entries.items())}


def verify_proofs(members: Members, newest: Checkpoint) -> None:
    """Step 9, second half: each entry before the heads leaf is where its proof says in the tree."""
    if members.proofs.keys() != members.entries.keys():
        raise VerificationError("an entry is without its inclusion proof, or a proof without its entry")
    for index, text in members.proofs.items():
        proof = parse_tlog_proof(text)
        if proof.index != index or proof.checkpoint != members.single[CHECKPOINT]:
            raise VerificationError("an inclusion proof is of another leaf or checkpoint")
        verify_inclusion(leaf_hash(members.entries[index]), index, newest.size, proof.hashes, newest.root)


def keys(members: Members) -> dict[str, bytes]:
    """Step 10: the public keys, 32 bytes each, by fingerprint."""
    found = {name: parse_public(text) for name, text in members.keys.items()}
    if any(fingerprint(public) != name for name, public in found.items()):
        raise VerificationError("a public key is not the one that its name says")
    return found


def envelopes(members: Members, known: Mapping[str, bytes]) -> dict[str, Signed]:
    """Step 10: the statements by their envelopes' digests, each signed by one of the known keys."""
    opened = {digest: open_envelope(text) for digest, text in members.envelopes.items()}
    for digest, text in members.envelopes.items():
        if digest != sha256(text).hexdigest():
            raise VerificationError("an envelope is not the one that its name says")
    if any(envelope.keyid not in known for envelope in opened.values()):
        raise VerificationError("an envelope is signed by a key that is not in the pack")
    payloads = verify_many([(envelope, known[envelope.keyid]) for envelope in opened.values()], IN_TOTO)
    return {
        digest: Signed(decode_statement(payload), envelope.keyid)
        for (digest, envelope), payload in zip(opened.items(), payloads, strict=True)
    }


def check_signers(known: Mapping[str, bytes], found: Mapping[str, Signed], log_key: VerifierKey) -> None:
    """Step 10: the keys are those of the log and of the signers, and no other."""
    if known.keys() != {fingerprint(log_key.public), *(signed.signer for signed in found.values())}:
        raise VerificationError("the public keys are not exactly those of the log and of the signers")


def heads(members: Members, first: IndexedEntry) -> dict[str, int | None]:
    """Step 11: by subject the last leaf before the heads leaf, as that says; None where it says that there is none."""
    index, entry = first
    found: dict[str, int | None] = {}
    counts = set()
    for subject, text in members.heads.items():
        proof = read_heads(text)
        counts.add(proof.count)
        if isinstance(proof, HeadProof) and proof.last >= index:
            raise VerificationError("a heads proof names a leaf that the heads leaf could not know")
        found[subject] = verify_head(proof, subject, bytes.fromhex(entry.digest))
    if len(counts) > 1:
        raise VerificationError("the heads proofs are of different counts")
    return found


def names(members: Members, leaves: Iterable[RelyingLeaf]) -> list[Name]:
    """Step 15: what the salted digests of registrations in the pack stand for."""
    registered = {pair for leaf in leaves for pair in named_digests(leaf.signed.statement)}
    found = read_names(members.single[NAMES])
    for name in found:
        if (name.kind, name.digest) not in registered:
            raise VerificationError("a name is here that no registration in the pack has")
        if not name.holds():
            raise VerificationError("a name is not what its digest in a registration stands for")
    return found


def named_digests(statement: Statement) -> Iterator[tuple[NameKind, str]]:
    """The salted digests of names in a statement, if it is a registration, and what they are of."""
    said = statement.predicate
    if isinstance(said, Registration):
        if said.organisation is not None and said.organisation.name is not None:
            yield NameKind.ORGANISATION, said.organisation.name
        for identifier in () if said.device is None else said.device.identifiers:
            if identifier.scheme in _SCHEMES:
                yield _SCHEMES[identifier.scheme], identifier.digest


def _log_keys(log_key: VerifierKey, policy: TrustPolicy | None) -> tuple[VerifierKey, ...]:
    """The log's key, and those of the policy's other logs: no known key's signature on a note may fail (C2SP signed-note)."""
    return (log_key,) if policy is None else (log_key, *(key for key in policy.log_keys if key != log_key))


def _trusted_key(policy: TrustPolicy, origin: str) -> VerifierKey:
    found = [key for key in policy.log_keys if key.name == origin and key.algorithm == ED25519]
    if len(found) != 1:
        raise VerificationError(
            "the trust policy names two keys for this log" if found else "the trust policy does not name this log",
            hint="the policy comes from whoever keeps the log, by another way than the pack",
        )
    return found[0]


def _genesis_key(members: Members, origin: str) -> VerifierKey:
    """The log key that genesis states. Nothing shows yet that it is the log's."""
    text = members.entries.get(0)
    envelope = None if text is None else members.envelopes.get(decode_entry(text).digest)
    if envelope is None:
        raise VerificationError("leaf 0, which names the log key, is not in the pack")
    said = decode_statement(open_envelope(envelope).payload).predicate
    if not isinstance(said, Genesis):
        raise FormatError("leaf 0 is no genesis, and names no log key")
    return VerifierKey(name=origin, algorithm=ED25519, public=bytes.fromhex(said.log_key))
