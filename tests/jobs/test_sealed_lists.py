from __future__ import annotations

from hashlib import sha256

import pytest

from ledger.world import RECIPIENT
from lossproof.errors import InputError, StoreError
from lossproof.jobs.sealed_lists import sealed_lists
from lossproof.ledger.erasable import erase, keep_manifest
from lossproof.ledger.manifest import SealedManifest, recipient_fingerprint
from lossproof.model.facts.holding import Manifest

DEVICE = "d1" * 16


def held(world, content: bytes, *, kept: bool = True) -> str:
    """A holding of the device that speaks of this list; the list's digest."""
    digest, mark = sha256(content).hexdigest(), recipient_fingerprint(RECIPIENT)
    if kept:
        sealed = SealedManifest(ciphertext=content, sha256=digest, size_bytes=512, recipient_fingerprint=mark)
        keep_manifest(world.database, DEVICE, sealed)
    world.append(world.holding(DEVICE, manifest=Manifest(sha256=digest, size_bytes=512, recipient=mark)))
    return digest


def test_the_lists_of_a_device_come_oldest_first_with_those_that_are_gone(world):
    world.append(world.device(DEVICE), world.holding(DEVICE))
    digests = [held(world, b"first"), held(world, b"second", kept=False), held(world, b"third")]
    erase(world.database, digests[2], "retention_ended", world.clock())
    device, lists = sealed_lists(world.ledger, DEVICE)
    assert device.subject == DEVICE
    assert [one.sha256 for one in lists] == digests
    assert [one.ciphertext for one in lists] == [b"first", None, None]
    assert [str(one.erased) for one in lists] == ["None", "None", "erased on 2026-11-02 under retention_ended"]
    assert "first" not in repr(lists)


def test_a_list_that_was_changed_is_found(world):
    world.append(world.device(DEVICE))
    held(world, b"first")
    world.database.execute("UPDATE ledger_manifest SET ciphertext = ?", (b"other",))
    with pytest.raises(StoreError, match="not what its digest says"):
        sealed_lists(world.ledger, DEVICE)


def test_a_device_that_nobody_knows_is_refused(world):
    with pytest.raises(InputError, match="no such device"):
        sealed_lists(world.ledger, DEVICE)
