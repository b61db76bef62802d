"""`lossproof ledger enrol WHAT`: exit status 0. WHAT is a public key file, or an age recipient for lists of people."""

from __future__ import annotations

import argparse
from pathlib import Path

from lossproof.cli.ledger import opening, said
from lossproof.errors import InputError
from lossproof.model.fact import Relation, Role
from lossproof.report.pack_words import grouped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger enrol`."""
    parser.add_argument("what", metavar="WHAT", help="a public key file (KEY.pub), or an age recipient (age1...)")
    parser.add_argument(
        "--role",
        choices=[role.value for role in Role],
        help="what the key may speak of (default: that of the key it replaces)",
    )
    parser.add_argument(
        "--fingerprint",
        metavar="TEXT",
        type=opening.text,
        help="enrol the key only if this is its fingerprint, as its holder read it out",
    )
    parser.add_argument(
        "--organisation",
        metavar="NAME",
        type=opening.text,
        help="the organisation that the key is of: a name or id (default: the controller)",
    )
    parser.add_argument(
        "--new-organisation",
        metavar="NAME",
        type=opening.text,
        help="register an organisation of this name, and enrol the key for it",
    )
    parser.add_argument(
        "--relation",
        choices=[one.value for one in Relation if one is not Relation.CONTROLLER],
        help="what the new organisation is to the controller (default: processor)",
    )
    parser.add_argument(
        "--replaces", metavar="KEY", type=opening.text, help="the fingerprint of the key that ends with this (rotation)"
    )
    opening.add_store(parser)
    opening.add_signer(parser, "owner.key in the keys")


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger enrol`."""
    from lossproof.jobs.enrolling import enrol_key, enrol_recipient
    from lossproof.ledger.manifest import parse_recipient
    from lossproof.ledger.store import OWNER_KEY

    public = None
    if arguments.what.startswith("age1"):
        parse_recipient(arguments.what)
        _refuse_for_recipient(arguments)
    else:
        public = _public(arguments)
    ledger, owner = opening.open_for_writing(arguments, OWNER_KEY, arguments.key)
    with ledger:
        if public is None:
            done = enrol_recipient(ledger, owner, arguments.what)
        else:
            done = enrol_key(
                ledger,
                owner,
                public,
                None if arguments.role is None else Role(arguments.role),
                organisation=arguments.organisation,
                new_organisation=arguments.new_organisation,
                relation=Relation(arguments.relation or Relation.PROCESSOR),
                replaces=arguments.replaces,
            )
    said.receipts(done.receipts, as_json=arguments.json, **done.registered)
    return 0


def _public(arguments: argparse.Namespace) -> bytes:
    """The public key to enrol, looked at before anybody is asked for a passphrase."""
    from lossproof.jobs.enrolling import compact
    from lossproof.ledger.keys import fingerprint, read_public

    if arguments.role is None and arguments.replaces is None:
        raise InputError("a key is enrolled in a role", hint="give --role, such as --role inspector")
    if arguments.relation is not None and arguments.new_organisation is None:
        raise InputError("--relation is of a new organisation", hint="name it with --new-organisation")
    public = read_public(Path(arguments.what))
    if arguments.fingerprint is not None and compact(arguments.fingerprint) != fingerprint(public):
        raise InputError(
            f"the fingerprint of this key is another: {grouped(fingerprint(public))}",
            hint="do not enrol it before its holder has read this one out to you",
        )
    return public


def _refuse_for_recipient(arguments: argparse.Namespace) -> None:
    for name in ("role", "fingerprint", "organisation", "new_organisation", "relation", "replaces"):
        if getattr(arguments, name) is not None:
            raise InputError(f"--{name.replace('_', '-')} is for keys, and this is a recipient for lists of people")
