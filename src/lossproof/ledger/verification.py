"""The check of an evidence pack, offline and without trust in who made it.

Specification: docs/reference/evidence-pack.md, "How to verify": its steps stand here in their order. Bytes in, a result out;
whatever is malformed or does not hold raises `VerificationError` with the step in `part`. No member is believed before the step
that shows it. Left out: `page.html` and `policy` of the pack, which are its maker's own words; where the trust policy comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lossproof.errors import LossproofError, VerificationError
from lossproof.ledger import pack_steps as steps
from lossproof.ledger.archive import read_archive
from lossproof.ledger.keys import fingerprint
from lossproof.ledger.pack_chains import Contents, relied_on
from lossproof.ledger.pack_keys import replay_keys
from lossproof.ledger.pack_members import sort_members
from lossproof.ledger.pack_outside import check_stamps, cosigned
from lossproof.ledger.pack_result import Shown, make_result
from lossproof.ledger.pack_times import check_clock, check_outside
from lossproof.ledger.trust import TrustPolicy
from lossproof.model.pack import Outcome, PackResult, Part


def check_pack(
    pack: bytes, *, policy: TrustPolicy | None = None, since: bytes | None = None, authorities: Sequence[bytes] = ()
) -> PackResult:
    """`verify_pack`, with a refused pack as a result like the others: for what is shown or printed, never for deciding."""
    try:
        return verify_pack(pack, policy=policy, since=since, authorities=authorities)
    except VerificationError as error:
        return PackResult(outcome=Outcome.REFUSED, part=Part(error.part), message=str(error))


def verify_pack(
    pack: bytes, *, policy: TrustPolicy | None = None, since: bytes | None = None, authorities: Sequence[bytes] = ()
) -> PackResult:
    """What the pack proves to who trusts `policy`.

    `since` is a signed checkpoint of the log that the caller had before; `authorities` are certificates of time-stamp authorities
    (DER, or bundles in PEM: `stamps.check_authorities` says whether they can be read). The outcome is `verified` only with a
    policy. Raises `VerificationError`, its `part` one of `model.pack.Part`, for anything but a pack in which everything holds.
    """
    with _part(Part.CONTAINER):
        by_name = read_archive(pack)
        members = sort_members(by_name)
    with _part(Part.MANIFEST):
        signed_manifest, manifest = steps.manifest(by_name)
    with _part(Part.CHECKPOINT):
        checkpoint, log_key = steps.checkpoint(members, manifest, policy)
    with _part(Part.MANIFEST):
        steps.verify_manifest(signed_manifest, log_key)
    with _part(Part.QUORUM):
        words = steps.quorum(members, log_key, policy)
    with _part(Part.EARLIER):
        earlier = steps.earlier(members, checkpoint, log_key, policy)
        words |= {word for signed in earlier.values() for word in cosigned(signed, policy)}
    with _part(Part.SINCE):
        compared = steps.compare_since(since, checkpoint, log_key, policy, earlier)
    with _part(Part.TAIL):
        tail = steps.tail(members, manifest, checkpoint)
    with _part(Part.ENTRY):
        entries = steps.entries(members, manifest)
    with _part(Part.PROOF):
        steps.verify_proofs(members, checkpoint)
    with _part(Part.KEYS):
        keys = steps.keys(members)
    with _part(Part.ENVELOPE):
        envelopes = steps.envelopes(members, keys)
    with _part(Part.KEYS):
        steps.check_signers(keys, envelopes, log_key)
    with _part(Part.HEADS):
        last = steps.heads(members, tail[0])
    with _part(Part.CHAIN):
        leaves = relied_on(Contents(entries, tail, envelopes, last), manifest.device)
    known = [*entries.items(), *tail]
    with _part(Part.TIME):
        check_clock(known, leaves)
    with _part(Part.KEY):
        roots = steps.roots(members, earlier, leaves)
        heard = replay_keys(leaves, origin=checkpoint.origin, log_key=log_key.public, roots=roots)
    with _part(Part.NAMES):
        names = steps.names(members, leaves)
    stamps = check_stamps(members.earlier, earlier, authorities)
    with _part(Part.TIME):
        check_outside(known, (*words, *stamps.words))
    return make_result(
        Shown(
            device=manifest.device,
            checkpoint=checkpoint,
            log_key=fingerprint(log_key.public),
            complete_to=tail[-1][1].known_at,
            heads=manifest.heads,
            leaves=leaves,
            heard=heard,
            names=names,
            words=words,
            stamps=stamps,
            trusted=policy is not None,
            compared=compared,
        )
    )


@contextmanager
def _part(part: Part) -> Iterator[None]:
    """Whatever is wrong inside is a failure of this step."""
    try:
        yield
    except LossproofError as error:
        raise VerificationError(str(error), hint=error.hint, part=part.value) from None
