"""What is different in PostgreSQL. That all else is the same is shown by the tests that take a `world`: they run on both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.world import LOG, OWNER, World, made_key
from lossproof.errors import FormatError, InputError, StoreError
from lossproof.ledger import postgresql as postgresql_module
from lossproof.ledger import store as store_module
from lossproof.ledger.database import open_database
from lossproof.ledger.keys import Secret
from lossproof.ledger.log import write
from lossproof.ledger.outside import Outside
from lossproof.ledger.publishing import Publisher
from lossproof.ledger.recovery import recover
from lossproof.ledger.replay import replay
from lossproof.ledger.store import create, open_ledger


@pytest.fixture
def url(postgresql) -> str:
    return postgresql.new_store()


@pytest.fixture
def there(url, tmp_path) -> World:
    made = World(lambda: open_database(url), tmp_path)
    yield made
    made.database.close()


def test_a_store_is_made_and_opened_by_url(url, tmp_path, monkeypatch):
    monkeypatch.setattr("lossproof.ledger.keys.pyrage.passphrase.encrypt", lambda pem, passphrase, armored: pem)
    keys = tmp_path / "keys"
    with pytest.raises(InputError, match="no folder beside it"):
        create(url, None, Secret("x"))
    with create(url, keys, Secret("x")) as ledger:
        assert replay(ledger.reader, outside=ledger.publisher.outside).signed_size == 5
        log_key = ledger.publisher.key
    with pytest.raises(InputError, match="keys is there already"):
        create(url, keys, Secret("x"))
    with pytest.raises(InputError, match="a ledger in this store already"):
        create(url, tmp_path / "others", Secret("x"))
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    with open_ledger(url, keys, log_key) as ledger:
        assert ledger.behind == ""
    with open_ledger(url) as ledger:
        assert ledger.publisher.outside is None


@pytest.mark.parametrize("part", ["begin_log", "_put_folder"])
def test_an_init_that_fails_leaves_nothing(url, tmp_path, monkeypatch, part):
    def fail(*_, **__):
        raise StoreError("no")

    monkeypatch.setattr("lossproof.ledger.keys.pyrage.passphrase.encrypt", lambda pem, passphrase, armored: pem)
    monkeypatch.setattr(store_module, part, fail)
    with pytest.raises(StoreError, match=r"^no$"):
        create(url, tmp_path / "keys", Secret("x"))
    assert list(tmp_path.iterdir()) == []
    with open_database(url) as database:
        assert not database.has_table("ledger_setting")


def test_a_database_without_a_ledger_is_refused(url):
    with pytest.raises(FormatError, match="no ledger in this database"):
        open_ledger(url)


@pytest.mark.parametrize(
    "bad", ["postgresql://ann:secret@host/base", "postgresql://host/base?password=secret", "postgres://a:b@c/d"]
)
def test_a_password_in_the_url_is_refused_and_not_repeated(bad, url):
    with pytest.raises(InputError, match="holds a password") as raised:
        open_database(bad)
    assert "secret" not in str(raised.value) + raised.value.hint
    assert "password file" in raised.value.hint


@pytest.mark.parametrize(
    "bad", ["postgresql://host/base?nothing=1", "postgresql://[host/base", "postgresql://host:port:2/x"]
)
def test_a_url_that_is_none_is_refused(bad, url):
    with pytest.raises((InputError, StoreError)):
        open_database(bad)


def test_a_server_that_is_not_there_is_a_store_error(tmp_path, url):
    with pytest.raises(StoreError, match="cannot connect"):
        open_database(f"postgresql:///base?host={tmp_path}")


def test_every_commit_is_waited_for_and_reads_what_was_committed_before(there):
    assert there.database.execute("SHOW synchronous_commit") == [("on",)]
    with there.database.transaction():
        assert there.database.execute("SHOW transaction_isolation") == [("read committed",)]
        assert there.database.execute("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'") == [(1,)]
    with there.database.transaction(lasting=False):
        assert there.database.execute("SHOW synchronous_commit") == [("off",)]
    assert there.database.execute("SHOW synchronous_commit") == [("on",)]
    with there.database.snapshot():
        assert there.database.execute("SHOW transaction_isolation") == [("repeatable read",)]
        assert there.database.execute("SHOW transaction_read_only") == [("on",)]
        with pytest.raises(StoreError, match=r"read-only \(25006\)"):
            there.database.execute("DELETE FROM ledger_leaf")


def test_a_second_writer_waits_or_is_refused_clearly(there):
    with there.connect() as other, there.database.transaction():
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(StoreError, match=r"being written by somebody else \(55P03\)"), other.transaction():
            pass
        assert not other.in_transaction
        other.execute("SELECT 1")


def test_writers_in_several_threads_leave_no_gap(there, tmp_path):
    device = there.new_id()
    there.append(there.device(device))
    envelopes = [[there.holding(device) for _ in range(6)] for _ in range(8)]

    def append(mine):
        receipts = []
        with there.connect() as database:
            publisher = Publisher(LOG, Outside(tmp_path / "checkpoint"), there.clock)
            for envelope in mine:
                with write(database, publisher) as writer:
                    writer.append(envelope)
                receipts.extend(writer.receipts)
        return receipts

    with ThreadPoolExecutor(8) as pool:
        receipts = [receipt for given in pool.map(append, envelopes) for receipt in given]
    assert sorted(receipt.leaves[0] for receipt in receipts) == list(range(6, 54))
    assert all(there.reader.root(one.checkpoint_size).hex() == one.checkpoint_root for one in receipts)
    replay(there.reader, outside=Outside(tmp_path / "checkpoint"))


def test_a_connection_that_is_lost_is_a_store_error_and_nothing_was_written(there):
    size = there.reader.size
    envelope = there.holding(there.new_id())
    with there.connect() as other:
        (pid,) = there.database.execute("SELECT pg_backend_pid()")[0]
        with pytest.raises(StoreError, match="the database"), there.write() as writer:
            writer.append(envelope)
            other.execute("SELECT pg_terminate_backend(?)", (pid,))
        assert other.execute("SELECT MAX(leaf) + 1 FROM ledger_leaf") == [(size,)]


def test_a_message_never_quotes_a_row(there):
    there.database.execute("INSERT INTO ledger_setting VALUES ('Ann Smith', 'x')")
    with pytest.raises(StoreError) as raised:
        there.database.execute("INSERT INTO ledger_setting VALUES ('Ann Smith', 'x')")
    assert "Ann" not in str(raised.value) + raised.value.hint
    assert "23505" in str(raised.value)


def test_a_store_is_recovered(there):
    there.append(there.device(there.new_id()))
    recovered = recover(there.ledger, OWNER, made_key("new log"))
    assert recovered.refused == ()
    replay(recovered.ledger.reader)


def test_statements_are_translated():
    assert postgresql_module.translated("SELECT ? WHERE a = ?") == "SELECT %s WHERE a = %s"
