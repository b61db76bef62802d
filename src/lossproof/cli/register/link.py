"""`lossproof register link [ID] --database STORE`: exit status 0. A one-time link to set a password, by whoever has the store.

In the pages only a governance lead makes a link for a governance lead. Where the last one has forgotten the password, this is the way
back: whoever can run it holds the store, and its keys, already.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.cli.register.opening import open_register
from lossproof.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register link`."""
    parser.add_argument(
        "person",
        metavar="ID",
        nargs="?",
        type=opening.text,
        help="the person's random id (default: list governance leads)",
    )
    parser.add_argument("--database", metavar="STORE", required=True, help=f"the register's store: {opening.STORE}")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")


def run(arguments: argparse.Namespace) -> int:
    """Run `register link`."""
    open_register(arguments.database, arguments.keys)
    # What defines tables can be imported only now.
    from lossproof.model.fact import Duty
    from lossproof.register.accounts import acts
    from lossproof.register.accounts.models import LINK_HOURS, Account
    from lossproof.report.text import printable
    from lossproof.wire.output import line

    if arguments.person is None:
        leads = [one for one in Account.objects.filter(is_active=True).order_by("id") if one.has(Duty.GOVERNANCE_LEAD)]
        if arguments.json:
            output.say(line({"governance_leads": [{"person": one.id, "name": one.name} for one in leads]}))
            return 0
        for one in leads:
            output.say(f"{one.id}  {printable(one.name)}")
        return 0
    account = Account.objects.filter(id=arguments.person).first()
    if account is None:
        raise InputError("nobody with this id has an account", hint="leave out the id to see the governance leads")
    path = f"/join/{acts.new_link(account, '')}"
    if arguments.json:
        output.say(line({"person": account.id, "path": path, "hours": LINK_HOURS}))
        return 0
    output.say("This link sets a password, once; put the register's address before it, and give it to nobody else:")
    output.say(f"  {path}")
    output.say(f"It works for {LINK_HOURS} hours. A second factor stays as it is.")
    return 0
