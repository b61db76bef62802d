"""`lossproof agent ACTION`: reports from this machine to a register. Exit status 0; of `once` 1 where something is still to be done.

`enrol` makes a key that never leaves the state folder, and has it enrolled with a one-time code. `run` looks at disks when they are
plugged in and all internal ones on schedule, until it is stopped; `once` looks at the internal disks (or the devices that are named) and
sends what waits. Linux alone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossproof.errors import InputError, KeyRequiredError, UnsupportedError

if TYPE_CHECKING:
    from lossproof.agent.reporter import Desk
    from lossproof.agent.service import Agent
    from lossproof.jobs.recording import Look

_MOST_CODE_BYTES = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `agent`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    enrol = _action(actions, parser, "enrol", "have a new key enrolled with a one-time code")
    enrol.add_argument("url", metavar="URL", help="the register's address: https://...")
    enrol.add_argument("--code-file", metavar="FILE", type=Path, help="the one-time code (otherwise it is asked for)")
    enrol.add_argument(
        "--key-passphrase-file", metavar="FILE", type=Path, help="protect the key with this passphrase: a person's"
    )
    enrol.add_argument("--ask-passphrase", action="store_true", help="protect the key with a passphrase that is typed")
    run_ = _action(actions, parser, "run", "look at disks as they come, and on schedule, until stopped")
    run_.add_argument(
        "--every",
        metavar="HOURS",
        type=_hours,
        default=24.0,
        help="how often internal disks are looked at (default: 24)",
    )
    once = _action(actions, parser, "once", "look at every internal disk once, and send what waits")
    once.add_argument("devices", metavar="DEVICE", nargs="*", type=Path, help="these disks instead")
    for action in (run_, once):
        action.add_argument(
            "--inspect-only", action="store_true", help="see whether disks are encrypted, and not what is on them"
        )
        action.add_argument(
            "--key-passphrase-file", metavar="FILE", type=Path, help="the passphrase of the key, where it has one"
        )


def _action(actions: Any, parser: argparse.ArgumentParser, name: str, text: str) -> argparse.ArgumentParser:
    child: argparse.ArgumentParser = actions.add_parser(
        name, help=text, description=text[0].upper() + text[1:], formatter_class=parser.formatter_class
    )
    child.add_argument(
        "--state", metavar="DIR", type=Path, help="its state folder (default: root's is /var/lib/lossproof-agent)"
    )
    return child


def _hours(value: str) -> float:
    try:
        hours = float(value)
    except ValueError:
        hours = 0.0
    if not 0.01 <= hours <= 24 * 366:
        raise argparse.ArgumentTypeError("a number of hours, from 0.01 to a year")
    return hours


def run(arguments: argparse.Namespace) -> int:
    """Run `agent`."""
    if not sys.platform.startswith("linux"):
        raise UnsupportedError(
            "the agent reads disks as Linux names them",
            hint="elsewhere, import what the system reports: `lossproof import`",
        )
    return {"enrol": _enrol, "run": _run, "once": _once}[arguments.action](arguments)


def _enrol(arguments: argparse.Namespace) -> int:
    from lossproof.agent.reporter import default_state, enrol
    from lossproof.agent.state import State
    from lossproof.cli import output
    from lossproof.cli.ledger.opening import passphrase
    from lossproof.report.pack_words import grouped

    secret = None
    if arguments.key_passphrase_file is not None or arguments.ask_passphrase:
        secret = passphrase(arguments.key_passphrase_file, "the new key", "--key-passphrase-file", twice=True)
    state = State(arguments.state or default_state())
    done = enrol(state, arguments.url, _code(arguments.code_file), secret)
    output.say(f"enrolled as {done.role}, its state in {state.path}")
    output.say(f"fingerprint: {grouped(done.fingerprint)}")
    if done.recipient is None:
        output.say("lists of people are not sent: the register has no recipient for them")
    if secret is None:
        output.say("the key is in a file without a passphrase: whoever reads the folder can sign with it")
    return 0


def _code(file: Path | None) -> str:
    """The one-time code in a file, or typed by a person."""
    from getpass import getpass

    if file is None:
        if not sys.stdin.isatty():
            raise KeyRequiredError("there is nobody to ask for the one-time code", hint="give it with --code-file FILE")
        return getpass("one-time code: ").strip()
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_CODE_BYTES).decode("utf-8").strip()
    except OSError as error:
        raise InputError(f"cannot read the code in {file}: {error.strerror or 'not a file'}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not text in UTF-8") from None
    if not text:
        raise InputError(f"there is no code in {file}")
    return text


def _opened(arguments: argparse.Namespace) -> Desk:
    from lossproof.agent.reporter import default_state, open_desk
    from lossproof.agent.state import State
    from lossproof.cli.ledger.opening import passphrase

    state = State(arguments.state or default_state())
    return open_desk(
        state, lambda: passphrase(arguments.key_passphrase_file, "the reporter's key", "--key-passphrase-file")
    )


def _agent(arguments: argparse.Namespace) -> Agent:
    from lossproof.agent.service import Agent
    from lossproof.cli import output

    return Agent(
        desk=_opened(arguments),
        look_at=_inspected if arguments.inspect_only else _examined,
        say=output.warn,
        every_hours=getattr(arguments, "every", 24.0),
    )


def _inspected(node: Path) -> Look:
    from lossproof.jobs.inspection import inspect_target
    from lossproof.jobs.recording import Look

    return Look(inspection=inspect_target(node))


def _examined(node: Path) -> Look:
    from lossproof.jobs.check import examine
    from lossproof.jobs.recording import Look

    verdict, found = examine(node)
    return Look(inspection=verdict.inspection, found=found, exposed=verdict.exposed)


def _run(arguments: argparse.Namespace) -> int:
    import signal

    from lossproof.agent.watch import open_source

    agent = _agent(arguments)

    def stop(*_: object) -> None:
        agent.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    agent.run(open_source())
    return 0


def _once(arguments: argparse.Namespace) -> int:
    from lossproof.agent.media import Disk, kind_of

    named = [Disk(node=node, kind=kind_of(node), internal=False) for node in arguments.devices]
    return 0 if _agent(arguments).once(named) else 1
