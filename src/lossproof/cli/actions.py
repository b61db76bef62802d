"""Commands that have actions of their own: `lossproof COMMAND ACTION`, a module of the command's package each."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module


def add_actions(parser: argparse.ArgumentParser, package: str, actions: Mapping[str, str]) -> None:
    """Declare the actions, by name with their one line of help, with the arguments that their modules declare and `--json`."""
    children = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in actions.items():
        child = children.add_parser(
            name, help=text, description=text[0].upper() + text[1:], formatter_class=parser.formatter_class
        )
        import_module(f"{package}.{name}").add_arguments(child)
        child.add_argument("--json", action="store_true", help="print JSON instead of text")


def run_action(arguments: argparse.Namespace, package: str) -> int:
    """Run the action that was asked for; its exit status."""
    status: int = import_module(f"{package}.{arguments.action}").run(arguments)
    return status
