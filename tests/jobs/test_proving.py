from __future__ import annotations

import pytest

from ledger.world import LOG
from lossproof.errors import InputError, StoreError
from lossproof.jobs.proving import export_tiles, prove
from lossproof.ledger.checkpoint import read_signed
from lossproof.ledger.publishing import Publisher
from lossproof.ledger.tiles import read_tiles
from lossproof.ledger.tlog_proof import parse_tlog_proof
from lossproof.ledger.tree import leaf_hash, verify_inclusion


def test_every_leaf_is_proved_in_the_newest_checkpoint(world):
    world.append(*(world.device(world.new_id()) for _ in range(9)))
    for leaf in range(world.reader.size):
        proved = prove(world.ledger, leaf)
        proof = parse_tlog_proof(proved.proof)
        checkpoint = read_signed(proof.checkpoint, [world.log.verifier]).checkpoint
        verify_inclusion(leaf_hash(proved.entry), leaf, checkpoint.size, proof.hashes, checkpoint.root)
        assert proof.index == leaf


def test_a_leaf_that_no_checkpoint_covers_is_said(world):
    world.publisher.key = None
    world.append(world.device(world.new_id()))
    with pytest.raises(InputError, match="no checkpoint covers leaf 5 yet"):
        prove(world.ledger, 5)
    with pytest.raises(InputError, match="no leaf 99"):
        prove(world.ledger, 99)
    world.database.execute("DELETE FROM ledger_checkpoint")
    for act in (lambda: prove(world.ledger, 1), lambda: export_tiles(world.ledger, world.keys / "tiles")):
        with pytest.raises(InputError, match="no checkpoint yet"):
            act()


def test_tiles_grow_and_can_be_read_again(world, tmp_path):
    folder = tmp_path / "tiles"
    for more in (0, 300, 1):
        world.append(*(world.device(world.new_id()) for _ in range(more)))
        Publisher(LOG, world.outside, world.clock).publish(world.database)
        assert export_tiles(world.ledger, folder) == world.reader.size
        assert read_tiles(folder, [world.log.verifier]).checkpoint.size == world.reader.size


def test_a_folder_that_holds_something_else_is_left_alone(world, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("x")
    with pytest.raises(InputError, match="something else"):
        export_tiles(world.ledger, tmp_path / "taken")
    with pytest.raises(InputError, match=r"letter\.txt"):
        export_tiles(world.ledger, tmp_path / "taken" / "letter.txt")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "checkpoint").write_text("not ours")
    with pytest.raises((StoreError, InputError)):
        export_tiles(world.ledger, tmp_path / "other")
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["letter.txt"]
