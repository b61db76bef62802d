"""`lossproof register migrate --database STORE`: exit status 0. `lossproof serve` never changes tables by itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger.opening import STORE
from lossproof.errors import StoreError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register migrate`."""
    parser.add_argument("--database", metavar="STORE", required=True, help=f"the register's store: {STORE}")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")


def run(arguments: argparse.Namespace) -> int:
    """Run `register migrate`."""
    from lossproof.ledger.outside import RECOVER
    from lossproof.ledger.store import keys_folder, open_ledger
    from lossproof.register.options import Options
    from lossproof.register.start import migrate, start

    folder = keys_folder(arguments.database, arguments.keys)
    with open_ledger(arguments.database, folder) as ledger:
        if ledger.behind:
            raise StoreError(ledger.behind, hint=RECOVER)
    start(Options(store=arguments.database, keys=folder))
    applied = migrate()
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"store": arguments.database, "applied": applied}))
        return 0
    output.say("nothing to do: the tables are those of this version" if not applied else "changed the tables:")
    for name in applied:
        output.say(f"  {name}")
    return 0
