from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.world import LOG, made_key
from lossproof.errors import FormatError, StoreError
from lossproof.ledger.note import COSIGNATURE_ED25519, ED25519, VerifierKey
from lossproof.ledger.suggested import policy_of, set_policy
from lossproof.ledger.trust import Group, TrustedLog, TrustedWitness, TrustPolicy


def vkey(name: str, algorithm: int = COSIGNATURE_ED25519) -> VerifierKey:
    return VerifierKey(name=f"{name}.example", algorithm=algorithm, public=made_key(name).public)


WITNESSES = tuple(TrustedWitness(name, vkey(name), f"https://{name}.example") for name in ("auditor", "supplier"))
GIVEN = TrustPolicy(witnesses=WITNESSES, groups=(Group("any", 1, ("auditor", "supplier")),), quorum="any")


def test_a_log_suggests_itself_and_nobody_else(world):
    assert policy_of(world.ledger) == TrustPolicy(logs=(TrustedLog(world.log.verifier),))


def test_witnesses_and_quorum_are_kept_and_logs_passed_over(world):
    other = TrustedLog(vkey("other", ED25519))
    set_policy(world.ledger, replace(GIVEN, logs=(other,)).text().encode())
    kept = policy_of(world.ledger)
    assert kept == replace(GIVEN, logs=(TrustedLog(world.log.verifier),))
    set_policy(world.ledger, b"quorum none\n")
    assert policy_of(world.ledger).witnesses == ()


def test_what_is_no_policy_or_does_not_go_with_the_log_changes_nothing(world):
    set_policy(world.ledger, GIVEN.text().encode())
    own = VerifierKey(name="me.example", algorithm=COSIGNATURE_ED25519, public=LOG.public)
    mine = TrustPolicy(witnesses=(TrustedWitness("me", own),), quorum="me")
    for bad in (b"", b"quorum nobody\n", mine.text().encode(), b"quorum\x00"):
        with pytest.raises(FormatError):
            set_policy(world.ledger, bad)
    assert policy_of(world.ledger).witnesses == WITNESSES


def test_a_store_that_is_only_to_be_read_keeps_its_policy(world):
    behind = replace(world.ledger, behind="the store is an old copy")
    with pytest.raises(StoreError, match="old copy") as raised:
        set_policy(behind, GIVEN.text().encode())
    assert "recover" in raised.value.hint
    assert policy_of(world.ledger).witnesses == ()
