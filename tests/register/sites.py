"""Registers for tests: made once with cheap keys, copied for each test, opened under the one Django of the process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cheap_age import write_cheap_key
from ledger.postgresql_server import Server
from ledger.world import MadeClock
from lossproof.ledger import keys, store
from lossproof.ledger.keys import PrivateKey, Secret, open_key
from lossproof.ledger.store import LOG_KEY, OWNER_KEY, Ledger
from lossproof.model.fact import Duty, Relation
from lossproof.register import options as told_options
from lossproof.register.options import REGISTER_KEY, Options, SignOn

PASSPHRASE = "made up words"
ORIGIN = "http://testserver"
PASSWORD = "correct horse battery staple"
CONTROLLER_NAME, CONTRACTOR_NAME = "Northern General Trust", "Waverley Data Services"
NAMES = {
    "governance_lead": "Grace Okonkwo",
    "it": "Ivan Thistlewood",
    "staff": "Sita Fairbairn",
    "contractor": "Conor Ashgrove",
    "auditor": "Audrey Pellworth",
    "regulator": "Rhys Lindqvist",
}
"""One account for each duty. They are made up."""


@dataclass
class Site:
    """An open register. `organisations` are ids by relation: `controller`, `processor`, `auditor`, `regulator`."""

    folder: Path
    options: Options
    clock: MadeClock
    organisations: dict[str, str]
    people: dict[str, str]
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        from lossproof.register.store import the_ledger

        return the_ledger()

    @property
    def key(self) -> PrivateKey:
        return told_options.signing_key()

    @property
    def owner(self) -> PrivateKey:
        return open_key(self.options.keys / OWNER_KEY, Secret(PASSPHRASE))

    @property
    def controller(self) -> str:
        return self.organisations["controller"]

    @property
    def contractor(self) -> str:
        return self.organisations["processor"]

    def account(self, duty: str) -> Any:
        from lossproof.register.accounts.models import Account

        return Account.objects.get(id=self.people[duty])

    def client(self, **options: Any) -> Any:
        """A test client that is not logged in. An error of a view is a page, as for people."""
        from django.test import Client

        return Client(raise_request_exception=False, **options)

    def client_of(self, duty: str) -> Any:
        """A test client that is logged in, as if by password."""
        client = self.client()
        client.force_login(self.account(duty))
        return client


def make(folder: Path) -> Path:
    """A site in SQLite: the store, its keys, `site.json`."""
    _make_site(str(folder / "made.ledger"), folder)
    return folder


@contextmanager
def opened(made: Path, folder: Path) -> Iterator[Site]:
    """A copy of a made site, in a folder of its own."""
    shutil.copytree(made, folder, dirs_exist_ok=True)
    with _open_site(str(folder / "made.ledger"), folder) as site:
        yield site


@dataclass
class Cluster:
    """A PostgreSQL server with a database `made`, and the folder of its keys."""

    server: Server
    folder: Path
    _count: int = 0

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Site]:
        import psycopg

        self._count += 1
        name = f"site_{self._count}"
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE made")
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        with _open_site(_url(self.server, name), folder) as site:
            yield site


def make_in(server: Server, folder: Path) -> Cluster:
    """A site in PostgreSQL."""
    import psycopg

    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE made")
    _make_site(_url(server, "made"), folder)
    return Cluster(server, folder)


def _url(server: Server, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={quote(str(server.folder), safe='')}"


def _make_site(where: str, folder: Path) -> None:
    """The store as `serve --init` makes it, migrated, with one account for each duty."""
    from lossproof.jobs.enrolling import enrol_key, name_controller
    from lossproof.model.fact import Role

    clock = MadeClock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "save_key", _save_cheap)
        patch.setattr(keys, "save_key", _save_cheap)
        with store.create(where, folder / "keys", Secret(PASSPHRASE), clock=clock) as ledger:
            owner = open_key(folder / "keys" / OWNER_KEY, Secret(PASSPHRASE))
            register = write_cheap_key(folder / "keys" / REGISTER_KEY, PASSPHRASE)
            enrol_key(ledger, owner, register.public, Role.REGISTER)
            name_controller(ledger, owner, CONTROLLER_NAME)
    with _django(_options(where, folder, clock)):
        from lossproof.register import start
        from lossproof.register.store import the_ledger

        start.migrate()
        found = _people(the_ledger(), register)
    (folder / "site.json").write_text(json.dumps(found))


def _people(ledger: Ledger, key: PrivateKey) -> dict[str, dict[str, str]]:
    from django.test import override_settings

    from lossproof.register.accounts import acts
    from lossproof.register.organisations.acts import new_organisation

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        lead = acts.begin(
            ledger,
            key,
            name=NAMES["governance_lead"],
            email="governance_lead@example.org",
            password=PASSWORD,
        )
    lead = acts.change(ledger, key, lead, name=lead.name, duties=[Duty.GOVERNANCE_LEAD], version=lead.version)
    organisations = {"controller": lead.organisation}
    for relation, name in (
        (Relation.PROCESSOR, CONTRACTOR_NAME),
        (Relation.AUDITOR, "Pellworth Audit"),
        (Relation.REGULATOR, "The Regulator"),
    ):
        organisations[relation.value] = new_organisation(ledger, key, name=name, relation=relation)
    people = {"governance_lead": lead.id}
    homes = {"contractor": "processor", "auditor": "auditor", "regulator": "regulator"}
    for duty in ("it", "staff", "contractor", "auditor", "regulator"):
        home = organisations[homes.get(duty, "controller")]
        made = acts.create(
            ledger, key, name=NAMES[duty], email=f"{duty}@example.org", organisation=home, duties=[Duty(duty)]
        )
        people[duty] = made.id
    return {"organisations": organisations, "people": people}


def _save_cheap(path: Path, key: PrivateKey, passphrase: Secret) -> bytes:
    return write_cheap_key(path, passphrase.reveal(), key).public


def _options(where: str, folder: Path, clock: MadeClock) -> Options:
    def opened(name: str) -> PrivateKey:
        return open_key(folder / "keys" / name, Secret(PASSPHRASE))

    return Options(
        store=where,
        keys=folder / "keys",
        public_url=ORIGIN,
        secret=Secret("made up, and the same in every test of this process"),
        log_key=opened(LOG_KEY),
        register_key=opened(REGISTER_KEY),
        clock=clock,
    )


@contextmanager
def _open_site(where: str, folder: Path) -> Iterator[Site]:
    found = json.loads((folder / "site.json").read_text())
    clock = MadeClock()
    clock.turn(minutes=1)
    options = _options(where, folder, clock)
    with _django(options):
        yield Site(folder, options, clock, found["organisations"], found["people"])


@contextmanager
def _django(options: Options) -> Iterator[None]:
    """Point the one Django of this process at these options, and let go of the database in the end."""
    from lossproof.register import start

    if not start_done():
        start.start(replace(options, store="", sign_on=_SIGN_ON))
    from django.core.cache import cache
    from django.db import connections

    from lossproof.register.database import connection_settings

    told_options.tell(options)
    cache.clear()
    _point(connections, connection_settings(options.store))
    try:
        yield
    finally:
        connections.close_all()
        _point(connections, connection_settings(""))


_SIGN_ON = SignOn(name="Trust sign-on", issuer="https://sign-on.example.org", client_id="x", client_secret=Secret("y"))


def start_done() -> bool:
    from django.apps import apps

    return apps.ready


def _point(connections: Any, wanted: dict[str, Any]) -> None:
    """Let every thread connect anew, by these settings."""
    connections.close_all()
    kept = connections.settings["default"]
    kept.update(connections.configure_settings({"default": wanted})["default"])
    for alias in list(connections):
        if hasattr(connections._connections, alias):
            delattr(connections._connections, alias)
