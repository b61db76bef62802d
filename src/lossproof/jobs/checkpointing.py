"""A checkpoint for others to hold: heads first, then signed, cosigned by the policy's witnesses, time-stamped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lossproof.errors import LossproofError, StoreError, VerificationError
from lossproof.ledger import stamps
from lossproof.ledger.checkpoint import add_signatures, read_signed
from lossproof.ledger.note import parse_note
from lossproof.ledger.publishing import add_cosignatures, add_stamp, note_outside_time
from lossproof.ledger.reading import StoredCheckpoint
from lossproof.ledger.store import Ledger
from lossproof.ledger.suggested import policy_of
from lossproof.ledger.tree import prove_consistency
from lossproof.ledger.trust import TrustedWitness
from lossproof.ledger.witness import ask_witness
from lossproof.model.entry import CLOCKS_DIFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointed:
    """The newest checkpoint as it now stands. `witnesses` are names that cosigned it, `stamps` times that authorities stated just
    now, `stamped` how many time stamps are kept of it; `failed` are those that were asked in vain, with why. `quorum` says whether
    the suggested policy accepts it; `wanted` is how many witnesses that policy names."""

    origin: str
    size: int
    root: str
    note: bytes
    witnesses: tuple[str, ...]
    stamps: tuple[str, ...]
    stamped: int
    failed: tuple[tuple[str, str], ...]
    quorum: bool
    wanted: int

    @property
    def independent(self) -> bool:
        """Whether anybody outside has seen it."""
        return bool(self.witnesses or self.stamped)

    def shape(self) -> dict[str, Any]:
        """As `ledger checkpoint --json` prints it."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "checkpoint": self.note.decode("utf-8"),
            "witnesses": list(self.witnesses),
            "stamps": list(self.stamps),
            "stamped": self.stamped,
            "failed": [{"name": name, "text": text} for name, text in self.failed],
            "quorum": self.quorum,
            "independent": self.independent,
        }


def checkpoint(ledger: Ledger, *, stamp_urls: Sequence[str], authorities: Sequence[bytes]) -> Checkpointed:
    """Add a heads leaf if facts came since the last, sign, and ask the policy's witnesses and these time-stamp authorities.

    A witness or authority that does not answer, whose answer does not hold, or that shows the log's clock more than ten minutes
    ahead, is in `failed`; the others count. A stamp is checked with the certificates given before it is kept. Raises
    `StoreError` and `InputError`.
    """
    reader = ledger.reader
    heads = reader.last_heads()
    if heads is None or heads.index + 1 < reader.size:
        with ledger.write() as writer:
            writer.heads()
    newest = reader.newest_checkpoint()
    if newest is None or newest.size != reader.size:
        raise StoreError("the log's key is not at hand, so nothing was signed", hint="name its folder with --keys")
    failed: list[tuple[str, str]] = []
    for witness in policy_of(ledger).witnesses:
        if witness.url:
            try:
                _cosigned(ledger, newest, witness)
            except LossproofError as error:
                failed.append((witness.name, str(error)))
    times = []
    for url in stamp_urls:
        try:
            times.append(_stamped(ledger, newest, url, authorities))
        except LossproofError as error:
            failed.append((url, str(error)))
    return _as_it_stands(ledger, newest.size, tuple(times), tuple(failed))


def _cosigned(ledger: Ledger, newest: StoredCheckpoint, witness: TrustedWitness) -> None:
    """Ask one witness. One that cosigned this checkpoint before is asked for the time alone: its first word counts. Raises
    `VerificationError` where it shows that this log's clock is ahead."""
    reader, log, clock = ledger.reader, ledger.log, ledger.publisher.clock
    lines = ask_witness(
        witness.url, newest.note, lambda old: prove_consistency(reader.nodes, old, newest.size), (witness.key,)
    )
    before = read_signed(newest.note, (log.verifier,), (witness.key,)).cosignatures
    now = read_signed(add_signatures(newest.note, lines), (log.verifier,), (witness.key,)).cosignatures
    times = [one.at for one in now if one.at]
    try:
        moment = datetime.fromtimestamp(max(times), UTC) if times else None
    except (OverflowError, ValueError, OSError):
        raise VerificationError("the witness states a time that no calendar has") from None
    if times:
        _require_in_time(ledger, newest, datetime.fromtimestamp(min(times), UTC))
    if not before:
        add_cosignatures(ledger.database, log, newest.size, lines, moment, clock)
    elif moment is not None:
        note_outside_time(ledger.database, log, moment, clock)


def _require_in_time(ledger: Ledger, newest: StoredCheckpoint, at: datetime) -> None:
    """Return if an outside clock agrees with the times of the leaves that the checkpoint covers. If not, note what it showed, so
    that nothing is appended, and raise `VerificationError`: what is kept goes into packs, which would be refused for ever."""
    last = datetime.fromisoformat(ledger.reader.leaf(newest.size - 1).entry.known_at)
    if at < last - CLOCKS_DIFFER:
        note_outside_time(ledger.database, ledger.log, at, ledger.publisher.clock)
        raise VerificationError(
            f"its clock says {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, more than ten minutes before the last leaf, so its word was not kept"
        )


def _stamped(ledger: Ledger, newest: StoredCheckpoint, url: str, authorities: Sequence[bytes]) -> str:
    text = parse_note(newest.note).text.encode("utf-8")
    token = stamps.fetch(url, stamps.request(text))
    at = stamps.verify_stamp(token, text, authorities).at
    _require_in_time(ledger, newest, at)
    add_stamp(ledger.database, ledger.log, newest.size, token, at, ledger.publisher.clock)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_it_stands(
    ledger: Ledger, size: int, times: tuple[str, ...], failed: tuple[tuple[str, str], ...]
) -> Checkpointed:
    stored = ledger.reader.checkpoint(size)
    if stored is None:
        raise StoreError("the checkpoint is gone from the store")
    policy = policy_of(ledger)
    signed = read_signed(stored.note, policy.log_keys, policy.witness_keys)
    cosigners = {one.key for one in signed.cosignatures}
    try:
        policy.satisfied_by(cosigners)
        quorum = True
    except LossproofError:
        quorum = False
    return Checkpointed(
        origin=ledger.log.origin,
        size=size,
        root=signed.checkpoint.root.hex(),
        note=stored.note,
        witnesses=tuple(one.name for one in policy.witnesses if one.key in cosigners),
        stamps=times,
        stamped=len(ledger.reader.stamps(size)),
        failed=failed,
        quorum=quorum,
        wanted=len(policy.witnesses),
    )
