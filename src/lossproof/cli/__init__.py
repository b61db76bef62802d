"""The command line: a table of commands, each imported when it is used.

Exit status: 0 and 1 are answers (see each command), 2 wrong usage, 10 and up an error (`lossproof.errors`), 130 interrupted.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn, Protocol

from lossproof import __version__
from lossproof.errors import LossproofError, StoreError

COMMANDS = {
    "check": "is there personal data here that a finder could read?",
    "inspect": "is it encrypted, how, and how well?",
    "discover": "what personal data is here, about how many people?",
    "sample": "make a made-up stick to try lossproof on",
    "people": "how many distinct people over several devices?",
    "ledger": "keep a log of facts that can be proved later",
    "serve": "run the register: who holds which device, and whether it may be handed over",
    "register": "look after a register's store",
    "retention": "erase what need not be kept any longer, by a dated schedule",
    "agent": "report from this machine to a register",
    "import": "take in an asset list, or what another system reports",
    "verify": "check an evidence pack, trusting nobody here",
}
"""Every command, with its one line of help; the module of the same name in this package holds it."""


class Command(Protocol):
    """What a command's module defines."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the exit status."""


def run() -> NoReturn:
    """The program: `main`, then an end at once. Taking the interpreter apart first costs an eighth of a short command's time, and
    there is nothing to take care of: what is written is written, and every child is gone."""
    _fill_closed_streams()
    try:
        status = main()
    except SystemExit as stop:  # argparse's own: 0 after help, 2 after wrong usage
        status = stop.code if isinstance(stop.code, int) else 2
    except KeyboardInterrupt:
        status = _interrupted()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        status = 1
    except OSError as error:
        status = complain(StoreError(f"standard output: {error.strerror}"))
    os._exit(status)


def _fill_closed_streams() -> None:
    """Put the null device where a standard stream was closed, so that no file opened later becomes the output."""
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    # Collecting garbage while modules load finds none, and takes a twentieth of a short command's time.
    gc.disable()
    parser, command = build(words)
    try:
        arguments = parser.parse_args(words)
    except BrokenPipeError:
        return 1
    except OSError as error:  # help that cannot be written
        return complain(StoreError(f"standard output: {error.strerror}"))
    if command is None:
        parser.error("the command comes first")
    if arguments.command != "inspect":
        gc.enable()
    try:
        return command.run(arguments)
    except LossproofError as error:
        return complain(error)
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _interrupted() -> int:
    print("error: interrupted", file=sys.stderr)
    return 130


def build(words: Sequence[str]) -> tuple[argparse.ArgumentParser, Command | None]:
    """The parser for these words, with the arguments of the one command that they name, and that command, or None."""
    parser = argparse.ArgumentParser(
        prog="lossproof",
        formatter_class=_formatter,
        description="Keeps personal data on portable devices unreadable to whoever finds them, and proves it.",
    )
    parser.add_argument("--version", action="version", version=f"lossproof {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", prog="lossproof")
    named = words[0] if words and words[0] in COMMANDS else ""
    command: Any = None
    for name, text in COMMANDS.items():
        if named and name != named:
            continue
        child = commands.add_parser(name, help=text, description=text[0].upper() + text[1:], formatter_class=_formatter)
        if name == named:
            command = import_module(f"lossproof.cli.{name}")
            command.add_arguments(child)
    return parser, command


def _formatter(prog: str) -> argparse.HelpFormatter:
    """A formatter of a fixed width: asking for the terminal's costs eight modules at every start."""
    return argparse.HelpFormatter(prog, width=88)


def complain(error: LossproofError) -> int:
    """Say what went wrong on standard error, with the next step; the exit status of its class."""
    from lossproof.report.text import printable

    print(f"error: {printable(str(error))}", file=sys.stderr)
    if error.hint:
        print(f"hint: {printable(error.hint)}", file=sys.stderr)
    return error.exit_status
