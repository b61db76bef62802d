from __future__ import annotations

import os
import resource
import signal
import stat

import pytest

from ledger.world import LOG, STRANGER, made_key
from lossproof.errors import FormatError, StoreError
from lossproof.ledger.checkpoint import Checkpoint, sign_checkpoint
from lossproof.ledger.outside import Outside, require_in_step, signed_root
from lossproof.ledger.tree import EMPTY_ROOT


@pytest.fixture
def world(sqlite_world):
    return sqlite_world


def put(world, size, root, key=LOG, origin=None):
    note = sign_checkpoint(Checkpoint(origin=origin or world.log.origin, size=size, root=root), key)
    world.outside.path.write_bytes(note)
    return note


def test_the_file_is_replaced_whole_and_private(world, tmp_path):
    outside = Outside(tmp_path / "elsewhere")
    assert outside.read() is None
    note = world.outside.read()
    for content in (note, note + note, note):
        outside.write(content, world.log, 5)
        assert outside.read() == content
        assert outside.known.note == content
    assert stat.S_IMODE(outside.path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "elsewhere" in path.name] == ["elsewhere"]


def test_a_store_that_has_all_that_is_covered_is_in_step(world):
    assert world.outside.behind(world.database) == ""
    sizes = [world.reader.size]
    for _ in range(3):
        world.append(world.holding(world.new_id()))
        sizes.append(world.reader.size)
    for size in (0, *sizes):
        put(world, size, world.reader.root(size))
        assert Outside(world.outside.path).behind(world.database) == ""
    assert require_in_step(None, world.database) is None
    world.outside.path.unlink()
    assert world.outside.behind(world.database) == ""


def test_a_store_that_lacks_leaves_is_behind(world):
    world.append(world.holding(world.new_id()))
    size = world.reader.size
    put(world, size + 1, b"\1" * 32)
    for outside in (world.outside, Outside(world.outside.path)):
        assert f"the store has {size} leaves, and the checkpoint outside it covers {size + 1}" in outside.behind(
            world.database
        )
    with pytest.raises(StoreError, match="it is an old copy") as raised:
        world.append(world.holding(world.new_id()))
    assert "lossproof ledger recover" in raised.value.hint
    assert world.reader.size == size


def test_a_store_with_other_leaves_is_not_in_step(world):
    world.append(world.holding(world.new_id()))
    put(world, world.reader.size, b"\1" * 32)
    assert "are others than those" in Outside(world.outside.path).behind(world.database)
    put(world, 0, b"\1" * 32)
    assert "are others than those" in Outside(world.outside.path).behind(world.database)


def test_a_checkpoint_by_another_log_is_not_in_step(world):
    for key, origin in ((STRANGER, None), (LOG, "lossproof/" + "ab" * 16), (STRANGER, "somewhere.example/log")):
        put(world, 0, EMPTY_ROOT, key, origin)
        assert "not by a log that this store has" in Outside(world.outside.path).behind(world.database)


def test_what_is_no_checkpoint_is_not_in_step(world):
    for content in (b"", b"nothing\n", os.urandom(300), world.outside.read()[:-1], world.outside.read() + b"x"):
        world.outside.path.write_bytes(content)
        assert Outside(world.outside.path).behind(world.database)
    world.outside.path.write_bytes(b"x" * (1 << 21))
    with pytest.raises(FormatError, match="too long"):
        world.outside.read()
    assert Outside(world.outside.path).behind(world.database)
    world.outside.path.unlink()
    world.outside.path.mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        world.outside.read()


def test_a_stored_checkpoint_must_be_signed_and_of_its_size(world):
    stored = world.reader.newest_checkpoint()
    assert signed_root(stored.note, world.log, stored.size) == world.reader.root()
    from dataclasses import replace

    from lossproof.errors import VerificationError

    with pytest.raises(VerificationError, match="another size"):
        signed_root(stored.note, world.log, stored.size + 1)
    with pytest.raises(VerificationError, match="does not hold"):
        signed_root(stored.note, replace(world.log, public=made_key("x").public), stored.size)
    with pytest.raises(VerificationError, match="does not hold"):
        signed_root(b"x", world.log, stored.size)


def test_a_full_disk_leaves_the_old_one(world, tmp_path):
    outside = Outside(tmp_path / "elsewhere")
    outside.write(b"old", world.log, 1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5, limits[1]))
        with pytest.raises(StoreError, match="cannot write"):
            outside.write(b"newer and longer", world.log, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert outside.read() == b"old"
    outside.write(b"newer and longer", world.log, 2)
    assert outside.read() == b"newer and longer"


def test_a_folder_that_is_gone_is_a_store_error(tmp_path, world):
    with pytest.raises(StoreError, match="cannot write"):
        Outside(tmp_path / "none" / "checkpoint").write(b"note", world.log, 1)
