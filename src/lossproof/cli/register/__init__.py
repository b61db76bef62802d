"""`lossproof register ACTION`: what is done to a register's store while nobody has to be there. Exit statuses stand with each."""

from __future__ import annotations

import argparse

from lossproof.cli.actions import add_actions, run_action

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
    add_actions(parser, __name__, ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    """Run `register`."""
    return run_action(arguments, __name__)
