"""`lossproof register rebuild --database STORE`: exit status 0; 1 where the tables had held other rows than the facts give."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger.opening import STORE
from lossproof.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register rebuild`."""
    parser.add_argument("--database", metavar="STORE", required=True, help=f"the register's store: {STORE}")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")


def run(arguments: argparse.Namespace) -> int:
    """Run `register rebuild`."""
    from lossproof.ledger.publishing import now
    from lossproof.ledger.store import keys_folder, open_ledger
    from lossproof.register.projection.comparing import rebuild_and_compare
    from lossproof.register.projection.schema import has_tables

    with open_ledger(arguments.database, keys_folder(arguments.database, arguments.keys)) as ledger:
        if not has_tables(ledger.database):
            raise InputError(
                "there are no tables of a register in this store", hint="`lossproof register migrate` makes them"
            )
        done = rebuild_and_compare(ledger, int(now().timestamp()))
    if arguments.json:
        from lossproof.wire.output import line

        output.say(
            line({"store": arguments.database, "leaves": done.leaves, "rows": done.rows, "changed": list(done.changed)})
        )
        return int(bool(done.changed))
    output.say(f"made the register's tables anew from {done.leaves:,} leaves of the log:")
    for table, count in done.rows.items():
        output.say(f"  {table}: {count:,}{'  (had other rows before)' if table in done.changed else ''}")
    output.say(
        "Tables had held something else than the facts say: ask who can write to the database."
        if done.changed
        else "Every row is the same as before."
    )
    return int(bool(done.changed))
