from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ledger.world import INSPECTOR, LOG, RECIPIENT, STRANGER, World
from lossproof.errors import FormatError, InputError, StoreError
from lossproof.ledger import keys as keys_module
from lossproof.ledger import store as store_module
from lossproof.ledger.checkpoint import read_signed
from lossproof.ledger.database import open_database
from lossproof.ledger.keys import PrivateKey, Secret, read_public
from lossproof.ledger.outside import Outside
from lossproof.ledger.reading import Reader
from lossproof.ledger.replay import replay
from lossproof.ledger.store import create, keys_folder, open_ledger
from lossproof.model.fact import Role

PASSPHRASE = Secret("correct horse")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A store as `ledger init` makes it, but for scrypt."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        unprotected(patch)
        create(str(folder / "store"), None, PASSPHRASE, RECIPIENT).close()
    return folder


def unprotected(patch: pytest.MonkeyPatch) -> None:
    """Keys without a passphrase: what is tested here is not scrypt."""
    patch.setattr(keys_module.pyrage.passphrase, "encrypt", lambda pem, passphrase, armored: pem)


@pytest.fixture
def quick(monkeypatch):
    unprotected(monkeypatch)


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_store_is_made_with_its_keys_and_first_facts(made):
    keys = {"log.key", "owner.key", "inspector.key"}
    expected = {"store", "store.keys", "store.keys/checkpoint"}
    expected |= {f"store.keys/{name}{suffix}" for name in keys for suffix in ("", ".pub")}
    assert everything(made) == expected
    assert stat.S_IMODE((made / "store").stat().st_mode) == 0o600
    assert stat.S_IMODE((made / "store.keys").stat().st_mode) == 0o700
    for name in keys:
        assert stat.S_IMODE((made / "store.keys" / name).stat().st_mode) == 0o600
    with open_ledger(str(made / "store")) as ledger:
        assert ledger.behind == ""
        assert ledger.log.origin == f"lossproof/{ledger.log.subject}"
        assert ledger.log.public == read_public(made / "store.keys" / "log.key.pub")
        found = [(key.role, key.public) for key in ledger.projection.enrolled_keys()]
        assert found == [
            (Role.OWNER, read_public(made / "store.keys" / "owner.key.pub")),
            (Role.INSPECTOR, read_public(made / "store.keys" / "inspector.key.pub")),
        ]
        assert [leaf.entry.kind for leaf in ledger.reader.leaves()] == ["fact"] * 4 + ["heads"]
        note = (made / "store.keys" / "checkpoint").read_bytes()
        assert read_signed(note, [ledger.log.verifier]).checkpoint.size == 5
        assert ledger.reader.newest_checkpoint().note == note
        replay(ledger.reader, outside=ledger.publisher.outside)


def test_the_keys_are_those_that_were_enrolled(made):
    private = load_pem_private_key((made / "store.keys" / "log.key").read_bytes(), password=None)
    with open_ledger(str(made / "store"), log_key=PrivateKey(private)) as ledger:
        assert ledger.publisher.publish(ledger.database).size == 5
    with pytest.raises(InputError, match="not that of the log"):
        open_ledger(str(made / "store"), log_key=STRANGER)


def test_what_is_there_is_never_overwritten(made, quick, tmp_path):
    before = {name: (made / name).read_bytes() for name in everything(made) if (made / name).is_file()}
    with pytest.raises(InputError, match=r"store\.keys is there already"):
        create(str(made / "store"), None, PASSPHRASE)
    with pytest.raises(InputError, match="store is there already"):
        create(str(made / "store"), tmp_path / "keys", PASSPHRASE)
    assert {name: (made / name).read_bytes() for name in before} == before
    assert everything(tmp_path) == set()


def test_the_keys_may_stand_elsewhere(quick, tmp_path):
    (tmp_path / "safe").mkdir()
    with create(str(tmp_path / "store"), tmp_path / "safe" / "keys", PASSPHRASE) as ledger:
        assert ledger.publisher.outside.path == tmp_path / "safe" / "keys" / "checkpoint"
        assert ledger.projection.recipients() == ()
    assert not (tmp_path / "store.keys").exists()
    assert keys_folder("a/store") == Path("a/store.keys")
    with pytest.raises(InputError, match="no folder beside it"):
        keys_folder("postgresql://host/base")


@pytest.mark.parametrize("store", ["none/store", "store"])
def test_what_cannot_be_made_leaves_nothing(quick, tmp_path, store, monkeypatch):
    if store == "store":
        monkeypatch.setattr(store_module.os, "link", refuse)
    with pytest.raises(StoreError, match="cannot write"):
        create(str(tmp_path / store), None, PASSPHRASE)
    assert everything(tmp_path) == set()


def refuse(*_):
    raise OSError(errno.EPERM, "not permitted")


@pytest.mark.parametrize("part", ["save_key", "create_tables", "begin_log", "_put_folder"])
def test_an_init_that_fails_anywhere_leaves_nothing(quick, tmp_path, monkeypatch, part):
    def fail(*_, **__):
        raise StoreError("no")

    monkeypatch.setattr(store_module, part, fail)
    with pytest.raises(StoreError, match=r"^no$"):
        create(str(tmp_path / "store"), None, PASSPHRASE)
    assert everything(tmp_path) == set()


def test_wrong_wishes_are_refused_before_anything_is_made(tmp_path):
    with pytest.raises(FormatError):
        create(str(tmp_path / "store"), None, PASSPHRASE, "age1nothing")
    with pytest.raises(InputError, match="passphrase is empty"):
        create(str(tmp_path / "store"), None, Secret(""))
    assert everything(tmp_path) == set()


def test_a_store_that_is_missing_or_of_another_kind_is_an_error(tmp_path):
    with pytest.raises(InputError, match="there is no store") as raised:
        open_ledger(str(tmp_path / "store"))
    assert "lossproof ledger init" in raised.value.hint
    (tmp_path / "text").write_text("not a store\n" * 50)
    with pytest.raises(FormatError, match="not an SQLite database"):
        open_ledger(str(tmp_path / "text"))
    with open_database(str(tmp_path / "other"), create=True) as other:
        other.execute("CREATE TABLE thing (name TEXT)")
    with pytest.raises(FormatError, match="no ledger in this database"):
        open_ledger(str(tmp_path / "other"))
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError, match="no ledger in this database"):
        open_ledger(str(tmp_path / "empty"))


def test_an_unsigned_tail_is_signed_on_opening(sqlite_world, tmp_path):
    world = sqlite_world
    world.publisher.key = None
    world.append(world.holding(world.new_id()), world.holding(world.new_id()))
    world.database.close()
    store = str(tmp_path / "store")
    with open_ledger(store, tmp_path) as ledger:
        assert ledger.reader.newest_checkpoint().size == ledger.reader.size - 2
    with open_ledger(store, tmp_path, LOG) as ledger:
        assert ledger.reader.newest_checkpoint().size == ledger.reader.size == 7
        assert ledger.publisher.outside.read() == ledger.reader.newest_checkpoint().note


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE ledger_checkpoint SET note = CAST('x' AS BLOB)", "checkpoint of 5 leaves does not hold"),
        ("DELETE FROM ledger_leaf WHERE leaf = 4", "its own newest checkpoint covers 5"),
        (
            "UPDATE ledger_leaf SET entry = (SELECT entry FROM ledger_leaf WHERE leaf = 3) WHERE leaf = 4",
            "are others than",
        ),
    ],
)
def test_a_store_that_differs_from_its_own_checkpoint_is_only_read(sqlite_world, tmp_path, sql, words):
    sqlite_world.database.execute("PRAGMA foreign_keys = OFF")
    sqlite_world.database.execute(sql)
    sqlite_world.database.close()
    with open_ledger(str(tmp_path / "store"), tmp_path, LOG) as ledger:
        assert words in ledger.behind
        with pytest.raises(StoreError, match=words), ledger.write():
            pass


@contextmanager
def largest_file(size_bytes: int):
    """As on a full disk: no file of this process grows beyond that."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_stops_the_append_and_nothing_is_half_written(sqlite_world, tmp_path):
    world = sqlite_world
    device = world.new_id()
    world.append(world.device(device))
    world.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size, stopped = world.reader.size, 0
    for room in (0, 100, 5_000, 9_000, 20_000, 60_000):
        envelopes = [world.holding(device) for _ in range(30)]
        with largest_file(room):
            try:
                world.append(*envelopes)
            except StoreError as error:
                stopped += 1
                assert "nothing was written" in error.hint or "no checkpoint covers them yet" in str(error)
        assert world.reader.size in {size, size + 30}
        size = world.reader.size
        assert replay(world.reader).size == size
        world.publisher.publish(world.database)
        world.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert stopped >= 3
    world.append(*envelopes)
    replay(world.reader, outside=world.outside)


def test_a_store_that_cannot_be_written_is_read_and_says_so(sqlite_world, tmp_path):
    """As root no permission stops us: SQLite is told that it may only read."""
    world = sqlite_world
    world.append(world.holding(world.new_id()))
    envelope = world.holding(world.new_id())
    world.database.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="read-only") as raised:
        world.append(envelope)
    assert "nothing was written" in raised.value.hint
    assert replay(world.reader).size == 6


def test_what_another_writes_while_a_store_is_opened_does_not_make_it_an_old_copy(sqlite_world, tmp_path, monkeypatch):
    world = sqlite_world
    newest = Reader.newest_checkpoint

    def meanwhile(reader):
        found = newest(reader)
        with monkeypatch.context() as once:
            once.setattr(Reader, "newest_checkpoint", newest)
            world.append(world.holding(world.new_id()))
        return found

    monkeypatch.setattr(Reader, "newest_checkpoint", meanwhile)
    with open_ledger(str(tmp_path / "store"), tmp_path, clock=world.clock) as ledger:
        assert ledger.behind == ""


def test_eight_threads_leave_no_gap_and_every_receipt_holds(sqlite_world, tmp_path):
    world = sqlite_world
    device = world.new_id()
    world.append(world.device(device))
    envelopes = [[world.holding(device) for _ in range(12)] for _ in range(8)]

    def append(mine):
        receipts = []
        with open_ledger(str(tmp_path / "store"), tmp_path, LOG, clock=world.clock) as ledger:
            for envelope in mine:
                with ledger.write() as writer:
                    writer.append(envelope)
                receipts.extend(writer.receipts)
        return receipts

    with ThreadPoolExecutor(8) as pool:
        receipts = [receipt for given in pool.map(append, envelopes) for receipt in given]
    assert sorted(receipt.leaves[0] for receipt in receipts) == list(range(6, 6 + 96))
    for receipt in receipts:
        assert receipt.status == "durable"
        assert receipt.checkpoint_size > receipt.leaves[0]
        assert world.reader.root(receipt.checkpoint_size).hex() == receipt.checkpoint_root
    assert world.reader.newest_checkpoint().note == Outside(tmp_path / "checkpoint").read()
    replay(world.reader, outside=Outside(tmp_path / "checkpoint"))


CHILD = """
import sys
from pathlib import Path
from ledger.world import LOG
from lossproof.ledger.store import open_ledger
folder = Path(sys.argv[1])
with open_ledger(str(folder / "store"), folder, LOG) as ledger:
    for path in sorted((folder / sys.argv[2]).iterdir()):
        with ledger.write() as writer:
            writer.append(path.read_bytes())
        print(writer.receipts[0].leaves[0], writer.receipts[0].checkpoint_size)
"""


def test_two_processes_leave_no_gap(sqlite_world, tmp_path):
    world = sqlite_world
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(15):
            (tmp_path / name / str(number)).write_bytes(world.holding(world.new_id()))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path), name], env=environment, stdout=subprocess.PIPE)
        for name in ("a", "b")
    ]
    said = [child.communicate(timeout=60)[0].decode().split("\n")[:-1] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    leaves = sorted(int(line.split()[0]) for lines in said for line in lines)
    assert leaves == list(range(5, 35))
    assert all(int(line.split()[1]) > int(line.split()[0]) for lines in said for line in lines)
    replay(world.reader, outside=Outside(tmp_path / "checkpoint"))


def test_a_world_of_tests_is_a_store_of_the_product(sqlite_world, tmp_path):
    assert isinstance(sqlite_world, World)
    sqlite_world.database.close()
    with open_ledger(str(tmp_path / "store"), tmp_path, LOG) as ledger, ledger.write() as writer:
        assert isinstance(ledger.publisher.key, PrivateKey)
        assert writer.projection.key(INSPECTOR.keyid).active
