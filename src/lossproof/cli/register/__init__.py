"""`lossproof register ACTION`: what is done to a register's store while nobody has to be there. Exit statuses stand with each."""

from __future__ import annotations

import argparse
from importlib import import_module

ACTIONS = {
    "migrate": "bring the register's tables up to this version",
    "rebuild": "make the register's tables anew from the facts of the log",
    "backup": "copy the store while it is used, and read the copy back",
    "restore": "make a store of such a copy, and replay it",
    "person": "copy all that is held about somebody, or erase who they were",
    "link": "make a link to set a password, where no governance lead can make it",
}
"""Every action, with its one line of help; the module of the same name in this package holds it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `register`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in ACTIONS.items():
        child = actions.add_parser(
            name, help=text, description=text[0].upper() + text[1:], formatter_class=parser.formatter_class
        )
        import_module(f"{__name__}.{name}").add_arguments(child)
        child.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(arguments: argparse.Namespace) -> int:
    """Run `register`."""
    status: int = import_module(f"{__name__}.{arguments.action}").run(arguments)
    return status
