"""The trust policy that a log suggests: its own key, and the witnesses and quorum that its operator named.

A verifier gets it by another channel than the pack, and may write another. Format: C2SP tlog-policy.
"""

from __future__ import annotations

from dataclasses import replace

from lossproof.errors import StoreError, VerificationError
from lossproof.ledger.outside import RECOVER
from lossproof.ledger.store import Ledger
from lossproof.ledger.trust import TrustedLog, TrustPolicy, parse_policy, verify_checkpoint

_SETTING = "policy"


def policy_of(ledger: Ledger) -> TrustPolicy:
    """The policy of the newest log: one log line, and what `set_policy` was given."""
    rows = ledger.database.execute("SELECT value FROM ledger_setting WHERE name = ?", (_SETTING,))
    kept = parse_policy(rows[0][0].encode("utf-8")) if rows else TrustPolicy()
    return replace(kept, logs=(TrustedLog(ledger.log.verifier),))


def set_policy(ledger: Ledger, policy: bytes) -> None:
    """Keep the witnesses, groups and quorum of a policy file; its log lines are passed over. Raises `FormatError`, and
    `StoreError` where the store is only to be read."""
    given = replace(parse_policy(policy), logs=())
    if ledger.behind:
        raise StoreError(ledger.behind, hint=RECOVER)
    # A policy that does not go together with the log's own key is refused now, and not whenever it is read.
    replace(given, logs=(TrustedLog(ledger.log.verifier),))
    with ledger.database.transaction():
        ledger.database.execute(
            "INSERT INTO ledger_setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_SETTING, given.text()),
        )


def quorum_holds(ledger: Ledger, size: int) -> bool:
    """Whether the witnesses that cosigned the checkpoint of `size` leaves make the quorum of the suggested policy."""
    stored = ledger.reader.checkpoint(size)
    if stored is None:
        return False
    policy = policy_of(ledger)
    try:
        verify_checkpoint(policy, stored.note)
    except VerificationError:
        return False
    return True
