"""The database server ends our connection in the middle of a request: a plain refusal, nothing half-done, and the next request works.

PostgreSQL is told to end the very connection (`pg_terminate_backend`) before one statement of a request after the other, from its
first to its commit and the signing of the checkpoint after that: before every third, or before each with LOSSPROOF_EVERY_KILL.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from lossproof.ledger.replay import replay
from lossproof.model.fact import Role
from lossproof.register.options import SESSION_SECRET
from lossproof.wire.checkin import FactsRequest, encode
from register.devices import estate
from register.evidence.api_client import JSON, enrolled
from register.evidence.test_killed import Place, free_port, server
from register.security.test_api_attack import registration
from register.sites import PASSPHRASE, Site

MOST_STATEMENTS = 200
STEP = 1 if os.environ.get("LOSSPROOF_EVERY_KILL") else 3


@dataclass
class Ending:
    """Ends the connection at one statement: before it, or after it where it is the last."""

    store: str
    at: int
    seen: int = 0
    done: bool = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.seen += 1
        if self.seen == self.at:
            self.end(context["connection"])
        return execute(sql, params, many, context)

    def end(self, connection: Any) -> None:
        """What an operator, a restart or a lost network does."""
        with psycopg.connect(self.store, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.connection.info.backend_pid,))
        self.done = True


@contextmanager
def ending(site: Site, at: int):
    """Within it the connection ends at the statement of this number. It begins as a server begins a request."""
    from django.core.cache import cache
    from django.db import close_old_connections, connection

    cache.clear()  # or the limit on guessing would answer for the rest
    close_old_connections()
    wrapper = Ending(site.options.store, at)
    with connection.execute_wrapper(wrapper):
        yield wrapper


def new_device(site: Site) -> Callable[[], Any]:
    client = site.client_of("it")
    typed = {"kind": "stick", "organisation": site.controller, "asset_tag": "NGT-9", "serial": "", "here": "on"}
    return lambda: client.post("/devices/new", typed)


def acceptance(site: Site) -> Callable[[], Any]:
    devices = [estate.checked(site, tag) for tag in ("NGT-1", "NGT-2")]
    token = estate.offered(site, "NGT-1", "NGT-2")
    return lambda: site.client().post(f"/accept/{token}", {"device": devices, "agreed": "on", "act": "accept"})


def check_in(site: Site) -> Callable[[], Any]:
    key = enrolled(site, "contractor", Role.AGENT, site.contractor)
    facts = [registration(site, key, f"{number:032x}") for number in range(1, 4)]
    body = encode(FactsRequest(facts=facts))
    return lambda: site.client().post("/api/v1/facts", data=body, content_type=JSON)


def a_page(site: Site) -> Callable[[], Any]:
    estate.checked(site, "NGT-1")
    client = site.client_of("it")
    return lambda: client.get("/devices")


def tables(site: Site) -> dict[str, str]:
    """A digest of the rows of every table, but of those of sessions."""
    with psycopg.connect(site.options.store) as other:
        names = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        kept = [name for (name,) in names if name not in {"django_session", "django_migrations"}]
        each = (f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t" for name in kept)
        return dict(other.execute(" UNION ALL ".join(each)).fetchall())


@pytest.mark.slow
@pytest.mark.parametrize("request_of", [new_device, acceptance, check_in, a_page])
def test_a_connection_that_ends_at_any_statement_leaves_nothing_half_done(site_postgresql, request_of):
    from django.db import close_old_connections

    site = site_postgresql
    send = request_of(site)
    before, size, ended = tables(site), site.ledger.reader.size, 0
    for at in range(1, MOST_STATEMENTS, STEP):
        with ending(site, at) as wrapper:
            answer = send()
        if not wrapper.done:
            break
        ended += 1
        close_old_connections()
        if site.ledger.reader.size > size:
            # It was in already, whole, and only what comes after was lost. Sent again it changes nothing.
            done(answer)
            break
        refused(answer)
        assert tables(site) == before, at
    assert ended > 3
    close_old_connections()
    assert send().status_code in {200, 302}
    # The next that is written is signed with all before it.
    estate.device(site, "NGT-99")
    assert replay(site.ledger.reader).size == site.ledger.reader.size
    newest = site.ledger.reader.newest_checkpoint()
    assert newest is not None and newest.size == site.ledger.reader.size
    close_old_connections()


def refused(answer: Any) -> None:
    """In plain words, or in the API's one shape, and nothing of the database."""
    assert answer.status_code == 503
    if answer["Content-Type"] == JSON:
        shape = json.loads(answer.content)
        assert set(shape["error"]) == {"code", "message", "hint"}
        text = shape["error"]["message"]
    else:
        text = answer.content.decode()
        assert "The register cannot be reached" in text and "recorded" in text
    assert not any(word in text for word in ("psycopg", "terminat", "SELECT", "Traceback"))


def done(answer: Any) -> None:
    """It says that it was recorded, or shows what it would have shown, or, to a program, that it is to be brought again."""
    if answer["Content-Type"] == JSON:
        assert answer.status_code == 503 and "again" in json.loads(answer.content)["error"]["hint"]
    elif answer.status_code == 503:
        text = answer.content.decode()
        assert "It was recorded" in text and "Nothing was recorded" not in text
    else:
        assert answer.status_code in {200, 302}


@pytest.mark.slow
def test_a_server_whose_connections_all_end_goes_on(site_postgresql):
    site, folder = site_postgresql, site_postgresql.folder
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    secret = folder / "keys" / SESSION_SECRET
    secret.write_text("made up, and long enough for a secret that signs sessions of nobody\n")
    secret.chmod(0o600)
    place = Place(folder, site.options.store, free_port())
    with server(place), psycopg.connect(site.options.store, autocommit=True) as other:
        for _ in range(5):
            assert health(place) == 200
            ended = other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
            assert (True,) in ended
            # A request finds out that its connection is gone before it begins, and makes another.
            assert health(place) == 200


def health(place: Place) -> int:
    with urlopen(f"http://127.0.0.1:{place.port}/health", timeout=20) as answer:
        return int(answer.status)
