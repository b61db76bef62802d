from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossproof.errors import InputError, StoreError
from lossproof.ledger import reading
from lossproof.ledger.checkpoint import read_signed
from lossproof.ledger.reading import Reader, logs
from lossproof.ledger.tree import (
    EMPTY_ROOT,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)


@pytest.fixture
def grown(world):
    """A log of 60 leaves, with a checkpoint at some sizes."""
    devices = [world.new_id() for _ in range(4)]
    world.append(*(world.device(one) for one in devices))
    while world.reader.size < 60:
        world.append(*(world.holding(one) for one in devices[: 1 + world.reader.size % 3] * 4))
    world.devices = devices
    return world


def test_leaves_and_entries_are_read_in_order_from_anywhere(grown, monkeypatch):
    monkeypatch.setattr(reading, "ROWS", 7)
    reader = grown.reader
    leaves = list(reader.leaves())
    assert [leaf.index for leaf in leaves] == list(range(reader.size))
    assert [leaf.text for leaf in leaves] == list(reader.entries())
    assert [leaf.index for leaf in reader.leaves(13, 29)] == list(range(13, 29))
    assert list(reader.leaves(5, 5)) == []
    assert reader.leaf(17) == leaves[17]
    assert reader.last() == leaves[-1]
    assert all(leaf.hash == leaf_hash(leaf.text) for leaf in leaves)
    for missing in (-1, reader.size):
        with pytest.raises(InputError, match="has no leaf"):
            reader.leaf(missing)


def test_a_chain_is_every_leaf_about_a_subject(grown):
    reader = grown.reader
    for device in grown.devices:
        chain = reader.chain(device)
        assert [leaf for leaf in reader.leaves() if leaf.entry.about == device] == list(chain)
        previous = None
        for leaf in chain:
            assert leaf.entry.previous == previous
            previous = leaf.index
        assert reader.chain(device, stop=20) == tuple(leaf for leaf in chain if leaf.index < 20)
    assert reader.chain("ab" * 16) == ()


def test_an_envelope_is_found_by_its_digest(grown):
    reader = grown.reader
    leaf = reader.leaf(30)
    assert reader.envelope(leaf.entry.digest) == reader.envelope(bytes.fromhex(leaf.entry.digest))
    assert reader.statement(leaf.entry.digest).subjects[0].id == leaf.entry.about
    assert reader.leaves_of(leaf.entry.digest) == (leaf,)
    assert reader.leaves_of("ab" * 32) == ()
    with pytest.raises(InputError, match="no such envelope"):
        reader.envelope("ab" * 32)


def test_proofs_come_from_the_stored_nodes(grown, monkeypatch):
    monkeypatch.setattr(reading, "_NODES", 3)
    reader = grown.reader
    for size in (1, 2, 31, 32, 33, reader.size):
        for index in {0, size // 3, size - 1}:
            proof = prove_inclusion(reader.nodes, index, size)
            verify_inclusion(reader.leaf(index).hash, index, size, proof, reader.root(size))
        proof = prove_consistency(reader.nodes, size, reader.size)
        verify_consistency(size, reader.root(size), reader.size, reader.root(), proof)
    assert reader.root(0) == EMPTY_ROOT
    assert reader.nodes([]) == []
    assert reader.nodes([(0, 3), (1, 0), (0, 3)])[0] == reader.leaf(3).hash


def test_a_node_that_is_not_there_is_said_to_be_missing(grown):
    for addresses in ([(0, 10_000)], [(1, 0), (4, 77)], [(30, 0)]):
        with pytest.raises(StoreError, match="lacks a node"):
            grown.reader.nodes(addresses)


def test_checkpoints_are_found_by_size(grown):
    reader = grown.reader
    every = list(reader.checkpoints())
    assert [one.size for one in every] == sorted({one.size for one in every})
    assert reader.newest_checkpoint() == every[-1]
    assert reader.checkpoint(every[3].size) == every[3]
    assert reader.checkpoint(1) is None
    assert list(reader.checkpoints(every[3].size + 1)) == every[4:]
    for one in every:
        assert read_signed(one.note, [grown.log.verifier]).checkpoint == one.checkpoint
        assert one.checkpoint.root == reader.root(one.size)
    assert reader.stamps(every[0].size) == ()


def test_heads_are_of_what_stood_before(grown):
    reader = grown.reader
    for stop in (0, 1, 20, reader.size):
        last = {}
        for leaf in reader.leaves(0, stop):
            if leaf.entry.about:
                last[leaf.entry.about] = leaf.index
        assert reader.heads(stop) == sorted(last.items())


def test_a_store_without_a_log_says_so(world):
    world.database.execute("DELETE FROM ledger_checkpoint")
    world.database.execute("DELETE FROM ledger_leaf")
    world.database.execute("DELETE FROM ledger_log")
    with pytest.raises(StoreError, match="holds no log"):
        logs(world.database)


@given(st.lists(st.tuples(st.integers(-1, 40), st.integers(-1, 1 << 70)), max_size=5))
def test_any_address_is_a_node_or_an_error(memory_reader, addresses):
    with contextlib.suppress(StoreError, InputError):
        assert len(memory_reader.nodes(addresses)) == len(addresses)


@pytest.fixture(scope="module")
def memory_reader(tmp_path_factory) -> Reader:
    from ledger.world import World
    from lossproof.ledger.database import open_database

    folder = tmp_path_factory.mktemp("nodes")
    open_database(str(folder / "store"), create=True).close()
    return World(lambda: open_database(str(folder / "store")), folder).reader
