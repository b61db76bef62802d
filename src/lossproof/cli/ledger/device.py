"""`lossproof ledger device KIND`: register a device, or with `--change` state what one is now; exit status 0."""

from __future__ import annotations

import argparse

from lossproof.cli.ledger import opening, said
from lossproof.errors import InputError
from lossproof.model.facts.registration import DeviceKind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger device`."""
    parser.add_argument("kind", metavar="KIND", nargs="?", choices=[one.value for one in DeviceKind], help=_kinds())
    parser.add_argument(
        "--change", metavar="DEVICE", type=opening.text, help="state this of a device that is registered already"
    )
    parser.add_argument(
        "--serial", metavar="TEXT", type=opening.text, help="its serial number (kept where it can be erased)"
    )
    parser.add_argument(
        "--asset-tag", metavar="TEXT", type=opening.text, help="its asset tag (kept where it can be erased)"
    )
    parser.add_argument(
        "--organisation", metavar="NAME", type=opening.text, help="whose it is: a name or id (default: the signer's)"
    )
    opening.add_store(parser)
    opening.add_signer(parser, "owner.key in the keys")


def _kinds() -> str:
    return "what it is: " + ", ".join(one.value for one in DeviceKind)


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger device`."""
    from lossproof.jobs.devices import change_device, register_device
    from lossproof.ledger.store import OWNER_KEY

    given = {
        "serial": arguments.serial,
        "asset_tag": arguments.asset_tag,
        "organisation": arguments.organisation,
    }
    kind = None if arguments.kind is None else DeviceKind(arguments.kind)
    if arguments.change is None and kind is None:
        raise InputError(
            "say what kind of device it is", hint="such as: lossproof ledger device stick --asset-tag S-17"
        )
    if arguments.change is not None and kind is None and not any(given.values()):
        raise InputError("say what has changed", hint="give its kind, --serial, --asset-tag or --organisation")
    ledger, signer = opening.open_for_writing(arguments, OWNER_KEY, arguments.key)
    with ledger:
        if arguments.change is not None:
            done = change_device(ledger, signer, arguments.change, kind=kind, **given)
        else:
            done = register_device(ledger, signer, kind or DeviceKind.OTHER, **given)
    said.receipts(done.receipts, as_json=arguments.json, **done.registered)
    return 0
