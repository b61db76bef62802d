from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.world import OWNER, World, made_key
from lossproof.errors import FormatError, InputError, LossproofError, StoreError, UnsupportedError, VerificationError
from lossproof.ledger import backup as backup_module
from lossproof.ledger import postgresql_backup
from lossproof.ledger.backup import back_up, restore
from lossproof.ledger.database import open_database
from lossproof.ledger.erasable import erase, keep
from lossproof.ledger.reading import logs
from lossproof.ledger.recovery import recover
from lossproof.ledger.replay import replay
from lossproof.ledger.store import open_ledger

TABLES = ("setting", "log", "envelope", "leaf", "node", "checkpoint", "stamp", "erasable", "manifest", "device", "key")


class Place:
    """A world with a store that can be named, and the name of one that is not there yet."""

    def __init__(self, world: World, store: str, new: str) -> None:
        self.world, self.store, self.new = world, store, new
        self.copy = world.keys / "copy"

    def rows(self, store: str) -> dict[str, list[tuple[object, ...]]]:
        with open_database(store) as database:
            return {name: sorted(database.execute(f"SELECT * FROM ledger_{name}"), key=repr) for name in TABLES}

    def restored(self):
        return restore(self.copy, self.new, self.world.keys)


@pytest.fixture
def file_place(sqlite_world, tmp_path) -> Place:
    return Place(sqlite_world, str(tmp_path / "store"), str(tmp_path / "new"))


def new_bases(server, *names: str) -> list[str]:
    import psycopg

    urls = []
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name}")
            urls.append(server.url().replace("/postgres?", f"/{name}?"))
    return urls


@pytest.fixture
def server_place(postgresql, tmp_path) -> Iterator[Place]:
    if postgresql_backup.which("pg_dump") is None:
        pytest.skip("PostgreSQL's client programs are not installed")
    first, second = new_bases(postgresql, "backed_up", "put_back")
    world = World(lambda: open_database(first), tmp_path)
    yield Place(world, first, second)
    world.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request) -> Place:
    return request.getfixturevalue("file_place" if request.param == "sqlite" else "server_place")


def device(world: World, number: int) -> None:
    world.append(world.device(f"{number:032x}"))


def test_a_copy_has_every_row_and_a_store_made_of_it_goes_on(place):
    world = place.world
    for number in range(3):
        device(world, number)
    with world.database.transaction():
        kept = keep(world.database, "serial", "AA04012700017")
        gone = keep(world.database, "serial", "BB-gone-0001")
    erase(world.database, gone, "retention_ended", world.clock())
    done = back_up(place.store, place.copy)
    assert stat.S_IMODE(place.copy.stat().st_mode) == 0o600
    assert done.size_bytes == place.copy.stat().st_size
    held = replay(world.reader)
    [found] = done.logs
    assert (found.origin, found.size, found.root) == (held.origin, held.size, held.root)
    assert found.signed_size == held.size == 8
    assert b"BB-gone-0001" not in place.copy.read_bytes()

    put_back = place.restored()
    assert (put_back.logs, put_back.behind, put_back.compared) == (done.logs, "", True)
    rows = place.rows(place.new)
    assert rows == place.rows(place.store)
    assert [row[0] for row in rows["erasable"] if row[3] == "AA04012700017"] == [kept]
    with open_ledger(place.new, world.keys, world.log_key, clock=world.clock) as ledger:
        with ledger.write() as writer:
            writer.append(world.device("d1" * 16))
        assert writer.receipts[0].status == "durable"
        assert replay(ledger.reader, outside=ledger.publisher.outside).size == 9


def test_a_copy_that_is_behind_the_checkpoint_outside_is_said_and_only_read(place):
    device(place.world, 1)
    back_up(place.store, place.copy)
    device(place.world, 2)
    done = place.restored()
    assert done.compared and "has 6 leaves" in done.behind and "covers 7" in done.behind
    with open_ledger(place.new, place.world.keys) as ledger:
        assert ledger.behind == done.behind
        with pytest.raises(StoreError, match="old copy"), ledger.write():
            pass


def test_without_a_checkpoint_outside_nothing_was_compared(place):
    back_up(place.store, place.copy)
    (place.world.keys / "checkpoint").unlink()
    done = place.restored()
    assert (done.behind, done.compared) == ("", False)


def test_a_copy_of_a_store_with_two_logs_has_both(place):
    device(place.world, 1)
    made = recover(place.world.ledger, OWNER, made_key("second log"))
    done = back_up(place.store, place.copy)
    assert [log.origin for log in done.logs] == [log.origin for log in logs(made.ledger.database)]
    assert place.restored().logs == done.logs


def test_nothing_that_is_there_is_overwritten(place):
    place.copy.write_bytes(b"an older copy")
    with pytest.raises(StoreError, match="there already"):
        back_up(place.store, place.copy)
    assert place.copy.read_bytes() == b"an older copy"
    place.copy.unlink()
    back_up(place.store, place.copy)
    before = place.rows(place.store)
    with pytest.raises((StoreError, InputError), match="already"):
        restore(place.copy, place.store, place.world.keys)
    assert place.rows(place.store) == before


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"store", "store-wal", "store-shm", "checkpoint", "copy"}


def test_a_log_that_does_not_hold_gives_no_copy(place):
    device(place.world, 1)
    database = place.world.database
    entry = database.execute("SELECT entry FROM ledger_leaf WHERE leaf = 3")[0][0]
    changed = bytes(entry).replace(b'"previous":null', b'"previous":0   ')
    with database.transaction():
        database.execute("UPDATE ledger_leaf SET entry = ? WHERE leaf = 3", (changed,))
    with pytest.raises(VerificationError, match="leaf 3"):
        back_up(place.store, place.copy)
    assert not place.copy.exists()
    assert not left(place.world.keys)


def test_a_copy_that_was_damaged_gives_no_store(file_place):
    for number in range(40):
        device(file_place.world, number)
    back_up(file_place.store, file_place.copy)
    whole = file_place.copy.read_bytes()
    folder = file_place.world.keys
    refused = 0
    for at in range(16, len(whole), len(whole) // 60):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :]):
            file_place.copy.write_bytes(damaged)
            try:
                restore(file_place.copy, file_place.new, folder)
            except (FormatError, VerificationError, StoreError):
                refused += 1
                assert not left(folder)
            else:
                # The damage was in a value that no log speaks of, or in nothing.
                Path(file_place.new).unlink()
    assert refused > 60


def test_a_copy_of_postgresql_that_was_cut_off_makes_no_tables(server_place):
    back_up(server_place.store, server_place.copy)
    whole = server_place.copy.read_bytes()
    for part in (whole[:40], whole[: len(whole) // 2], whole[:-30]):
        server_place.copy.write_bytes(part)
        with pytest.raises((FormatError, StoreError)):
            server_place.restored()
        with open_database(server_place.new) as database:
            assert not database.has_table("ledger_setting")


def test_what_is_no_copy_or_one_of_the_other_kind_is_a_clear_line(file_place, tmp_path):
    url = "postgresql://127.0.0.1:9/trust?connect_timeout=2"
    with pytest.raises(InputError, match="there is no copy"):
        file_place.restored()
    file_place.copy.write_bytes(b"")
    with pytest.raises(FormatError, match="not a copy"):
        file_place.restored()
    file_place.copy.write_bytes(b"PGDMP" + bytes(200))
    with pytest.raises(UnsupportedError, match="not a copy of a store in a file"):
        file_place.restored()
    file_place.copy.unlink()
    back_up(file_place.store, file_place.copy)
    with pytest.raises(UnsupportedError, match="not a copy of a store in PostgreSQL"):
        restore(file_place.copy, url, tmp_path)
    file_place.copy.unlink()
    sqlite3.connect(file_place.copy).executescript("CREATE TABLE a (b); INSERT INTO a VALUES (1)").close()
    with pytest.raises(FormatError, match="no ledger"):
        file_place.restored()
    assert not left(tmp_path)


def test_a_rest_of_an_older_store_is_not_taken_into_the_new_one(file_place):
    back_up(file_place.store, file_place.copy)
    Path(f"{file_place.new}-wal").write_bytes(b"of another")
    with pytest.raises(StoreError, match="there already"):
        file_place.restored()
    assert not Path(file_place.new).exists()


def test_a_schema_that_is_not_the_copys_is_said(server_place, postgresql):
    back_up(server_place.store, server_place.copy)
    server_place.new = postgresql.new_store()
    with pytest.raises(InputError, match="schema public"):
        server_place.restored()


def test_programs_that_are_missing_or_fail_are_clear_lines(server_place, tmp_path, monkeypatch):
    monkeypatch.setattr(postgresql_backup, "which", lambda name: None)
    with pytest.raises(InputError, match="pg_dump is not installed"):
        back_up(server_place.store, server_place.copy)
    monkeypatch.setattr(postgresql_backup, "which", lambda name: "/bin/false")
    with pytest.raises(StoreError, match="ended with status 1"):
        back_up(server_place.store, server_place.copy)
    assert not left(tmp_path)


def test_a_copy_that_differs_from_the_store_is_found_before_it_gets_its_name(server_place, tmp_path, monkeypatch):
    rows = postgresql_backup._rows
    for table, change in (("ledger_leaf", 2), ("ledger_envelope", 1)):

        def changed(path, name, columns, table=table, change=change):
            for row in rows(path, name, columns):
                yield (*row[:change], b"\\\\x00") if name == table else row

        monkeypatch.setattr(postgresql_backup, "_rows", changed)
        with pytest.raises(VerificationError, match=r"in the copy|the copy has"):
            back_up(server_place.store, server_place.copy)
        assert not left(tmp_path) and not server_place.copy.exists()


def test_a_copy_made_while_others_write_is_one_state(place):
    stop = threading.Event()
    failed: list[LossproofError] = []

    def write_on() -> None:
        try:
            other = World.__new__(World)
            other.__dict__ |= place.world.__dict__ | {"database": place.world.connect()}
            number = 1000
            while not stop.is_set() and number < 1400:
                device(other, number)
                number += 1
            other.database.close()
        except LossproofError as error:
            failed.append(error)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        sizes = []
        for number in range(3):
            copy = place.world.keys / f"copy-{number}"
            sizes.append(back_up(place.store, copy).logs[0].size)
    finally:
        stop.set()
        writer.join()
    assert not failed
    assert sizes == sorted(sizes)
    place.copy = copy
    done = place.restored()
    assert done.logs[0].size == sizes[-1]


def test_a_kill_leaves_no_copy_under_the_name(file_place, tmp_path):
    """Killed before it was read back, the copy has not got its name."""
    device(file_place.world, 1)
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom lossproof.ledger import backup\n"
        "backup._read_back = lambda *_: os.kill(os.getpid(), 9)\n"
        "backup.back_up(sys.argv[1], Path(sys.argv[2]))\n"
    )
    run = subprocess.run([sys.executable, "-c", program, file_place.store, file_place.copy], check=False)
    assert run.returncode == -9
    assert not file_place.copy.exists()
    assert backup_module.back_up(file_place.store, file_place.copy).logs[0].size == 6
    # The rest of it is what the kill left, under a name that nothing reads.
    assert all(name.startswith(".lossproof-") for name in left(tmp_path))
