"""`lossproof serve`: the register's pages and its API, until it is stopped. Exit status 0."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError, StoreError

if TYPE_CHECKING:
    from lossproof.cli.ledger.opening import Unlocked
    from lossproof.register.options import Options

DEFAULT_STORE = "register.ledger"

_MOST_CONTACT = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `serve`."""
    parser.add_argument(
        "--database", metavar="STORE", default=DEFAULT_STORE, help=f"{opening.STORE} (default: {DEFAULT_STORE})"
    )
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")
    opening.add_passphrase(parser)
    parser.add_argument(
        "--init", action="store_true", help="make the store, or make a register of a ledger that is there"
    )
    parser.add_argument(
        "--organisation", metavar="NAME", type=opening.text, help="with --init: what your organisation is called"
    )
    parser.add_argument(
        "--manifest-to", metavar="age1...", help="with --init: to whom lists of people are sealed (default: none)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: this machine alone)")
    parser.add_argument("--port", type=_port, default=8000, help="the port to listen at (default: 8000; 0: any)")
    parser.add_argument(
        "--public-url", metavar="URL", help="where browsers find it, when a proxy with TLS stands in front: https://..."
    )
    parser.add_argument(
        "--proxy",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="that proxy's address, with --public-url (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--contact",
        metavar="TEXT",
        default="",
        help="how people reach IT, shown where pages say to: a telephone number, the name of a desk",
    )
    parser.add_argument(
        "--sign-on",
        metavar="FILE",
        type=Path,
        help="another identity provider (OpenID Connect) that people may sign in by",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `serve`."""
    _refuse_early(arguments)
    _require_libraries()
    from lossproof.register.serving import checked_url, listen, serve
    from lossproof.register.start import migrate, start

    unlocked = opening.Unlocked(arguments, arguments.database)
    if arguments.init:
        _init(arguments, unlocked)
    with listen(arguments.host, arguments.port) as listening:
        port = listening.getsockname()[1]
        options = _options(arguments, unlocked, checked_url(arguments.public_url, arguments.host, port))
        start(options)
        if arguments.init:
            migrate()
        _require_migrated()
        _begin()
        proxy = arguments.proxy if options.secure else None
        serve(listening, proxy, lambda: _say_where(options))
    output.say("stopped")
    return 0


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError("not a port")
    return int(text)


def _require_libraries() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("django", "allauth", "waitress", "whitenoise", "csp", "ninja")):
        raise InputError("the register needs libraries that are not installed", hint="install lossproof[register]")


def _refuse_early(arguments: argparse.Namespace) -> None:
    """What can be said before anybody has typed a passphrase."""
    from lossproof.ledger.database import is_url
    from lossproof.ledger.manifest import parse_recipient

    if arguments.public_url is not None or arguments.host != "127.0.0.1":
        from lossproof.register.serving import checked_url

        checked_url(arguments.public_url, arguments.host, arguments.port)
    if len(arguments.contact) > _MOST_CONTACT or not arguments.contact.isprintable():
        raise InputError(f"--contact is one line of at most {_MOST_CONTACT} characters")
    if arguments.sign_on is not None:
        from lossproof.register.sign_on import read_sign_on

        read_sign_on(arguments.sign_on)
    if not arguments.init:
        for name in ("organisation", "manifest_to"):
            if getattr(arguments, name) is not None:
                raise InputError(f"--{name.replace('_', '-')} is for --init")
        if not is_url(arguments.database) and not os.path.lexists(arguments.database):
            raise InputError(f"there is no store at {arguments.database}", hint="`lossproof serve --init` makes one")
    elif arguments.manifest_to is not None:
        parse_recipient(arguments.manifest_to)


def _init(arguments: argparse.Namespace, unlocked: Unlocked) -> None:
    """Make the store where there is none, then what a register needs beside it."""
    from lossproof.ledger.store import create, open_ledger
    from lossproof.register.making import equip

    if not _is_there(arguments):
        secret = opening.passphrase(arguments.key_passphrase_file, "the new keys", "--key-passphrase-file", twice=True)
        unlocked.use(secret)
        with create(arguments.database, arguments.keys, secret, arguments.manifest_to) as ledger:
            equip(ledger, unlocked.folder, secret, arguments.organisation)
        output.say(f"made {arguments.database}, and its keys in {unlocked.folder}: copy the keys to another place")
        return
    if arguments.manifest_to is not None:
        raise InputError(
            "--manifest-to is for a new store", hint="`lossproof ledger enrol age1...` adds it to this one"
        )
    with open_ledger(arguments.database, unlocked.folder) as ledger:
        if ledger.behind:
            _refuse_behind(ledger.behind)
        log_key = unlocked.log_key_file(ledger.log.public)
    if log_key is None:
        raise InputError(f"the key of the log is not in {unlocked.folder}", hint="name its folder with --keys")
    with open_ledger(arguments.database, unlocked.folder, unlocked.key(log_key)) as ledger:
        equip(ledger, unlocked.folder, unlocked.secret, arguments.organisation)


def _is_there(arguments: argparse.Namespace) -> bool:
    from lossproof.ledger.database import is_url, open_database

    if not is_url(arguments.database):
        return os.path.lexists(arguments.database)
    with open_database(arguments.database) as database:
        return database.has_table("ledger_setting")


def _options(arguments: argparse.Namespace, unlocked: Unlocked, public_url: str) -> Options:
    """What the register is told: the store in step with its checkpoint outside, and both keys unlocked."""
    from lossproof.ledger.store import open_ledger
    from lossproof.register.making import require_enrolled, session_secret
    from lossproof.register.options import Options
    from lossproof.register.sign_on import read_sign_on

    with open_ledger(arguments.database, unlocked.folder) as ledger:
        if ledger.behind:
            _refuse_behind(ledger.behind)
        register_key = require_enrolled(ledger, unlocked.folder)
        log_file = unlocked.log_key_file(ledger.log.public)
    secret = session_secret(unlocked.folder)
    if log_file is None:
        raise InputError(f"the key of the log is not in {unlocked.folder}", hint="name its folder with --keys")
    log_key = unlocked.key(log_file)
    open_ledger(arguments.database, unlocked.folder, log_key).close()
    return Options(
        store=arguments.database,
        keys=unlocked.folder,
        public_url=public_url,
        secret=secret,
        log_key=log_key,
        register_key=unlocked.key(register_key),
        sign_on=None if arguments.sign_on is None else read_sign_on(arguments.sign_on),
        contact=arguments.contact.strip(),
    )


def _refuse_behind(why: str) -> None:
    from lossproof.ledger.outside import RECOVER

    raise StoreError(why, hint=RECOVER)


def _begin() -> None:
    """What the tables lack of the log, and of this version of the software, before anybody asks."""
    from lossproof.register.accounts.acts import follow
    from lossproof.register.projection import begin
    from lossproof.register.store import the_ledger

    begin(the_ledger())
    follow(the_ledger())


def _require_migrated() -> None:
    from lossproof.register.start import pending_migrations

    if pending_migrations():
        raise StoreError(
            "the register's tables in this store are of an older version",
            hint="`lossproof register migrate` changes them",
        )


def _say_where(options: Options) -> None:
    """Where it is, and what to do first. Imported late: models need Django set up."""
    from lossproof.register.accounts.models import Account
    from lossproof.register.accounts.welcome import new_code
    from lossproof.register.web.context import last_witnessed

    output.say(f"the register is at {options.public_url}")
    if last_witnessed() is None:
        output.say(
            "not independently witnessed: `lossproof ledger witness` and `lossproof ledger checkpoint` change that"
        )
    if not Account.objects.exists():
        output.say("")
        output.say("Nobody has an account yet. Make the first one:")
        output.say(f"  address: {options.public_url}/welcome")
        output.say(f"  code:    {new_code()}")
        output.say("")
    output.say("Ctrl-C stops it")
