"""`lossproof ledger recover`: exit status 0, 1 where facts of the old log were not taken over."""

from __future__ import annotations

import argparse

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError
from lossproof.report.pack_words import grouped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger recover`."""
    opening.add_store(parser)
    parser.add_argument(
        "--anyway",
        action="store_true",
        help="also where the old log could be continued, such as when its key was stolen",
    )
    opening.add_signer(parser, "owner.key in the keys")


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger recover`."""
    from lossproof.jobs.recovering import recover_store
    from lossproof.ledger.keys import fingerprint
    from lossproof.ledger.store import OWNER_KEY

    unlocked = opening.Unlocked(arguments, arguments.ledger)
    with opening.open_for_reading(arguments) as ledger:
        if not ledger.behind and unlocked.log_key_file(ledger.log.public) is not None and not arguments.anyway:
            raise InputError(
                "this log can be continued: it is not behind its newest checkpoint, and its key is here",
                hint="if its key is in other hands, give --anyway; everybody who verifies then needs a new policy",
            )
    owner = unlocked.key(arguments.key or unlocked.folder / OWNER_KEY)
    done = recover_store(arguments.ledger, unlocked.folder, owner, unlocked.secret)
    with done.ledger as ledger:
        origin, public = ledger.log.origin, ledger.log.public
    if arguments.json:
        from lossproof.wire.output import line

        refused = [{"leaf": leaf, "text": text} for leaf, text in done.refused]
        output.say(
            line({"origin": origin, "log_key": fingerprint(public), "appended": done.appended, "refused": refused})
        )
    else:
        output.say(f"a new log begins: origin {origin}")
        output.say(f"fingerprint of its key: {grouped(fingerprint(public))}")
        output.say(
            f"{done.appended:,} facts were taken over; for the new log each is known from now on, and what was known"
        )
        output.say("before is shown by the old log, which stays in the store, and by packs that were made of it")
        for leaf, text in done.refused:
            output.say(f"not taken over: leaf {leaf} of the old log: {text}")
        output.say("Tell the witnesses and whoever verifies: the policy has changed (`lossproof ledger trust`).")
        output.say(f"Copy the keys again: there is a new one in {unlocked.folder}.")
    return 1 if done.refused else 0
