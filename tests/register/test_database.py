"""Facts and rows of Django's in one transaction: both or neither, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.request
from pathlib import Path

import pytest

from cli.command import HERE
from lossproof.errors import InputError, StoreError
from lossproof.ledger.database import open_database
from lossproof.ledger.reading import Reader
from lossproof.ledger.replay import replay
from lossproof.model.fact import Duty
from register.sites import Site


def new_person(site: Site, name: str = "Nell Farrow"):
    from lossproof.register.accounts import acts

    return acts.create(
        site.ledger,
        site.key,
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@example.org",
        organisation=site.controller,
        duties=[Duty.STAFF],
    )


def accounts() -> int:
    from lossproof.register.accounts.models import Account

    return Account.objects.count()


class Stop(Exception):
    """Something that goes wrong."""


def test_an_account_and_its_fact_are_written_together(either_site):
    before, people = either_site.ledger.reader.size, accounts()
    made = new_person(either_site)
    ledger = either_site.ledger
    assert (ledger.reader.size, accounts()) == (before + 1, people + 1)
    known = ledger.projection.person(made.id)
    assert known is not None and known.organisation == either_site.controller
    assert ledger.reader.newest_checkpoint().size == before + 1


def test_an_error_undoes_both(either_site):
    from django.db import transaction

    before, people = either_site.ledger.reader.size, accounts()
    with pytest.raises(Stop), transaction.atomic():
        new_person(either_site)
        assert accounts() == people + 1
        raise Stop
    assert (either_site.ledger.reader.size, accounts()) == (before, people)
    new_person(either_site)
    assert (either_site.ledger.reader.size, accounts()) == (before + 1, people + 1)


def test_an_error_inside_undoes_all_even_where_it_is_caught(either_site):
    from lossproof.register.accounts.models import Account

    before, people = either_site.ledger.reader.size, accounts()

    def broken() -> None:
        new_person(either_site)
        raise Stop

    whole = either_site.ledger.database.transaction()
    with pytest.raises(StoreError, match="nothing was written"), whole, pytest.raises(Stop), either_site.ledger.write():
        broken()
    assert (either_site.ledger.reader.size, accounts()) == (before, people)
    outer, inner = (either_site.ledger.database.transaction() for _ in range(2))
    with pytest.raises(StoreError, match="nothing was written"), outer, pytest.raises(Stop), inner:
        Account.objects.update(name="x")
        raise Stop
    assert not Account.objects.filter(name="x").exists()


def test_the_checkpoint_is_signed_after_the_outermost_commit_alone(either_site):
    from django.db import transaction

    ledger = either_site.ledger
    before = ledger.reader.newest_checkpoint().size
    outside = either_site.options.keys / "checkpoint"
    note = outside.read_bytes()
    with transaction.atomic():
        with ledger.write() as writer:
            writer.heads()
        new_person(either_site)
        assert ledger.reader.newest_checkpoint().size == before
        assert outside.read_bytes() == note
        with pytest.raises(StoreError, match="no receipt before the commit"):
            _ = writer.receipts
    assert ledger.reader.newest_checkpoint().size == before + 2
    assert outside.read_bytes() != note
    assert writer.receipts == ()


def test_a_snapshot_sees_one_state_and_cannot_be_written(either_site):
    database = either_site.ledger.database
    with database.snapshot():
        before = either_site.ledger.reader.size
        done = threading.Thread(target=_in_thread, args=(lambda: new_person(either_site),))
        done.start()
        done.join(30)
        assert either_site.ledger.reader.size == before
        with pytest.raises(StoreError, match="nothing can be written"), database.transaction():
            pass
        with database.snapshot():
            assert either_site.ledger.reader.size == before
    assert either_site.ledger.reader.size == before + 1
    new_person(either_site, "Otto Bream")


def _in_thread(work) -> None:
    from django.db import connections

    try:
        work()
    finally:
        connections.close_all()


def test_many_writers_each_get_their_turn(either_site):
    before = either_site.ledger.reader.size
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for count in range(5):
                new_person(either_site, f"P{number}n{count} Moss")
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=_in_thread, args=(lambda n=n: work(n),)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert errors == []
    ledger = either_site.ledger
    assert ledger.reader.size == before + 20
    assert ledger.reader.newest_checkpoint().size == before + 20
    with open_database(either_site.options.store) as database:
        assert replay(Reader(database, ledger.log)).size == before + 20


def test_values_that_are_no_text_are_refused_in_words(either_site):
    database = either_site.ledger.database
    with pytest.raises(InputError, match="not Unicode"):
        database.execute("SELECT 1 FROM ledger_setting WHERE name = ?", ("\ud800",))
    with pytest.raises(StoreError, match="cannot be used"):
        database.execute("SELECT nothing FROM nowhere")
    assert database.has_table("ledger_setting") and not database.has_table("nowhere")
    assert database.execute("SELECT 1") == [(1,)]


def test_a_number_too_large_for_the_column_is_refused_in_words(site):
    with pytest.raises(InputError, match="too large"):
        site.ledger.database.execute("SELECT 1 FROM ledger_log WHERE log = ?", (1 << 80,))


def test_a_thread_keeps_one_object_for_its_connection(site):
    from lossproof.register.database import the_database

    assert the_database() is the_database()
    found: list[object] = []
    other = threading.Thread(target=_in_thread, args=(lambda: found.append(the_database()),))
    other.start()
    other.join(30)
    assert found and found[0] is not the_database()


def cut_off(url: str) -> None:
    """End every other connection to a database."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_that_is_lost_undoes_all_and_the_next_one_works(site_postgresql):
    from django.db import close_old_connections

    here = site_postgresql
    before, people = here.ledger.reader.size, accounts()
    whole = here.ledger.database.transaction()
    with pytest.raises(StoreError), whole:
        new_person(here)
        cut_off(here.options.store)
        new_person(here, "Ada Quill")
    close_old_connections()
    assert (here.ledger.reader.size, accounts()) == (before, people)
    new_person(here)
    assert here.ledger.reader.newest_checkpoint().size == before + 1


def test_a_page_whose_connection_is_lost_says_so(site_postgresql):
    from register.browsing import serving

    here = site_postgresql
    with serving(here) as live:
        cookies = {name: one.value for name, one in here.client_of("it").cookies.items()}
        header = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = urllib.request.Request(f"{live.url}/people", headers={"Cookie": header})
        with urllib.request.urlopen(request) as page:
            assert page.status == 200
        cut_off(here.options.store)
        with urllib.request.urlopen(request) as page:
            assert page.status == 200


def test_a_page_without_its_database_is_a_page(site, monkeypatch):
    from lossproof.register.database import the_database

    client = site.client_of("it")
    real = type(the_database()).execute

    def broken(self, sql, parameters=()):
        if "ledger_organisation" in sql:
            raise StoreError("the database server does not answer")
        return real(self, sql, parameters)

    monkeypatch.setattr(type(the_database()), "execute", broken)
    page = client.get("/people")
    assert page.status_code == 503 and "The register cannot be reached" in page.content.decode()


CHILD = """
    import sys
    from pathlib import Path
    from register.sites import _open_site
    from register.test_database import new_person

    with _open_site(sys.argv[1], Path(sys.argv[2])) as site:
        from django.db import transaction
        new_person(site)
        with transaction.atomic():
            new_person(site, "Ada Quill")
            print("ready", flush=True)
            sys.stdin.read()
"""


@pytest.mark.parametrize("which", ["site", "site_postgresql"])
def test_a_register_that_is_killed_leaves_whole_transactions(which, request):
    here: Site = request.getfixturevalue(which)
    from django.db import connections

    before, people = here.ledger.reader.size, accounts()
    connections.close_all()
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), here.options.store, str(here.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**HERE, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), HERE["PYTHONPATH"]])},
    )
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert (here.ledger.reader.size, accounts()) == (before + 1, people + 1)
    new_person(here, "Bert Lowe")
    assert here.ledger.reader.newest_checkpoint().size == before + 2
