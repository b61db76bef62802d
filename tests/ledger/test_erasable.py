from __future__ import annotations

from hashlib import sha256

import pytest

from ledger.world import START
from lossproof.errors import FormatError, InputError, StoreError
from lossproof.ledger.erasable import (
    Erased,
    KeptManifest,
    Opened,
    behind,
    erase,
    keep,
    keep_manifest,
    manifest_of,
    opened,
)
from lossproof.ledger.manifest import SealedManifest
from lossproof.ledger.schema import PROJECTIONS
from lossproof.model.facts.registration import IdentifierScheme

SEALED = SealedManifest(
    ciphertext=b"sealed", sha256=sha256(b"sealed").hexdigest(), size_bytes=6, recipient_fingerprint="ab" * 32
)


def test_a_value_stands_behind_a_digest_that_says_nothing_without_its_salt(world):
    digest, again = keep(world.database, "serial", "SN-0042"), keep(world.database, "serial", "SN-0042")
    assert digest != again
    found = behind(world.database, digest)
    assert isinstance(found, Opened)
    assert (found.kind, found.value, len(found.salt)) == ("serial", "SN-0042", 16)
    assert sha256(found.salt + b"SN-0042").hexdigest() == digest
    assert [one.digest for one in opened(world.database, [again, "00" * 32, digest])] == [again, digest]
    assert behind(world.database, "00" * 32) is None


@pytest.mark.parametrize("value", ["a\0b", "\ud800", "x" * 501])
def test_what_is_not_text_is_refused(world, value):
    with pytest.raises(FormatError):
        keep(world.database, "serial", value)


def test_an_erased_value_reads_when_and_why_and_nothing_else(world):
    digest = keep(world.database, "serial", "SN-0042")
    erase(world.database, digest, "retention_ended", START)
    found = behind(world.database, digest)
    assert found == Erased(digest, "2026-11-02T09:00:00.000Z", "retention_ended")
    assert str(found) == "erased on 2026-11-02 under retention_ended"
    assert opened(world.database, [digest]) == []
    assert "SN-0042" not in "".join(world.rows("ledger_erasable"))
    for other in (digest, "00" * 32):
        with pytest.raises(InputError, match="nothing is kept"):
            erase(world.database, other, "retention_ended", START)
    with pytest.raises(InputError, match="not a code"):
        erase(world.database, digest, "because Ann Smith asked", START)


def test_an_erased_value_is_not_left_in_the_file(sqlite_world, tmp_path):
    world = sqlite_world
    digest = keep(world.database, "asset_tag", "A-VERY-TELLING-TAG")
    for _ in range(3):
        keep(world.database, "asset_tag", "another")
    erase(world.database, digest, "retention_ended", START)
    world.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    world.database.close()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("store")]
    assert files
    assert not any(b"A-VERY-TELLING-TAG" in path.read_bytes() for path in files)


def test_a_sealed_list_is_kept_once_and_can_be_erased(world):
    device = world.new_id()
    for _ in range(2):
        keep_manifest(world.database, device, SEALED)
    assert manifest_of(world.database, SEALED.sha256) == KeptManifest(SEALED.sha256, device, b"sealed")
    erase(world.database, SEALED.sha256, "request_of_the_person", START)
    assert isinstance(manifest_of(world.database, SEALED.sha256), Erased)
    assert manifest_of(world.database, "00" * 32) is None


def test_a_row_that_was_changed_is_noticed(world):
    digest = keep(world.database, "serial", "SN-0042")
    world.database.execute("UPDATE ledger_erasable SET value = 'SN-0043'")
    with pytest.raises(StoreError, match="not what its digest says"):
        behind(world.database, digest)
    keep_manifest(world.database, world.new_id(), SEALED)
    world.database.execute("UPDATE ledger_manifest SET ciphertext = ?", (b"other",))
    with pytest.raises(StoreError, match="not what its digest says"):
        manifest_of(world.database, SEALED.sha256)


def test_projections_are_the_same_before_and_after_an_erasure(world):
    digest = keep(world.database, "serial", "SN-0042")
    world.append(world.device(world.new_id(), (IdentifierScheme.SERIAL, digest)))
    before = {table: world.rows(table) for table in PROJECTIONS}
    erase(world.database, digest, "retention_ended", START)
    world.projection.rebuild()
    assert {table: world.rows(table) for table in PROJECTIONS} == before
