"""`lossproof register restore FILE --database STORE`: exit status 0, 1 where the copy is behind the checkpoint outside it."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger.opening import STORE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register restore`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `register backup` made")
    parser.add_argument(
        "--database", metavar="STORE", required=True, help=f"the store to make, which must not be there yet: {STORE}"
    )
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")


def run(arguments: argparse.Namespace) -> int:
    """Run `register restore`."""
    from lossproof.cli.progress import counted
    from lossproof.cli.register.backup import say_logs
    from lossproof.ledger.backup import restore
    from lossproof.ledger.outside import RECOVER

    with counted("replaying", "leaves") as progress:
        done = restore(arguments.file, arguments.database, arguments.keys, progress)
    if arguments.json:
        from lossproof.wire.output import line

        output.say(line({"store": arguments.database, **asdict(done)}))
        return 1 if done.behind else 0
    output.say(f"made {arguments.database} of {arguments.file}, and replayed it:")
    say_logs(done.logs)
    if done.behind:
        output.say(f"BEHIND: {done.behind}.")
        output.say("What came after the copy is not in it. The store opens, and only to be read, until you decide:")
        output.say("a newer copy is better. If there is none, " + RECOVER + ".")
    elif done.compared:
        output.say("It is not behind the checkpoint that stands outside it, in the folder of its keys.")
    else:
        output.say("There is no checkpoint outside it to compare with: nobody can tell here whether facts are missing.")
        output.say(
            "Put the folder of its keys there, or ask a witness or whoever holds an evidence pack for the newest."
        )
    output.say(
        "What was erased after the copy was made is in it again: run `lossproof retention` before people use it."
    )
    return 1 if done.behind else 0
