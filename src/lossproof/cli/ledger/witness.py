"""`lossproof ledger witness --ledger STATE`: serves until it is stopped; exit status 0."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.cli.ledger import opening
from lossproof.errors import InputError

if TYPE_CHECKING:
    from lossproof.ledger.note import VerifierKey


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `ledger witness`."""
    parser.add_argument(
        "--ledger", metavar="STATE", type=Path, required=True, help="the witness's own file: sizes and roots, no facts"
    )
    parser.add_argument("--init", action="store_true", help="make that file and a key beside it (STATE.key) first")
    parser.add_argument(
        "--name",
        metavar="NAME",
        required=True,
        type=opening.text,
        help="the witness's name, such as witness.example.org; always the same",
    )
    parser.add_argument(
        "--policy",
        metavar="FILE",
        type=Path,
        required=True,
        action="append",
        help="a policy file with the logs whose checkpoints it cosigns (the output of `ledger trust`)",
    )
    parser.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    parser.add_argument("--port", metavar="N", type=int, default=8713, help="the port (default: 8713; 0: any)")
    parser.add_argument(
        "--key-passphrase-file", metavar="FILE", type=Path, help="the passphrase of its key (otherwise it is asked for)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run `ledger witness`."""
    from lossproof.ledger.keys import make_key, open_key
    from lossproof.ledger.witness import Witness, WitnessState
    from lossproof.ledger.witness_server import WitnessServer

    state: Path = arguments.ledger
    key = state.with_name(f"{state.name}.key")
    logs = _logs(arguments.policy)
    _refuse_early(state, key, new=arguments.init)
    secret = opening.passphrase(
        arguments.key_passphrase_file, "the witness's key", "--key-passphrase-file", twice=arguments.init
    )
    if arguments.init:
        make_key(key, secret)
        WitnessState.create(state)
    witness = Witness(name=arguments.name, secret=open_key(key, secret), logs=logs, state=WitnessState(state))
    server = WitnessServer(witness, arguments.host, arguments.port, output.warn)
    host, port = server.server_address[:2]
    url = f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"
    with suppress(KeyboardInterrupt), server:
        if arguments.json:
            from lossproof.wire.output import line

            output.say(line({"url": url, "name": witness.name, "vkey": witness.key.text()}))
        else:
            output.say(f"listening on {url}; this line is for the policies of the log and of whoever verifies")
            output.say("(with the address at which the log reaches this witness):")
            output.say(f"witness {witness.name} {witness.key.text()} {url}")
        server.serve_forever()
    return 0


def _logs(policies: list[Path]) -> tuple[VerifierKey, ...]:
    """The keys of the logs in these policy files, each once."""
    from lossproof.cli.ledger.files import content
    from lossproof.ledger.trust import parse_policy

    found = tuple(dict.fromkeys(key for path in policies for key in parse_policy(content(path)).log_keys))
    if not found:
        raise InputError("the policy names no log", hint="give the output of the operator's `lossproof ledger trust`")
    return found


def _refuse_early(state: Path, key: Path, *, new: bool) -> None:
    """What could not be opened or made, said before anybody is asked for a passphrase."""
    for path in (state, key):
        if new and os.path.lexists(path):
            raise InputError(
                f"{path} is there already", hint="leave --init out to start the witness that it belongs to"
            )
        if not new and not os.path.isfile(path):  # noqa: PTH113  pathlib's raises where a folder above may not be entered
            raise InputError(
                f"there is no {path}",
                hint="restore it: a witness that has forgotten could cosign a fork; a new witness is made with --init",
            )
    if new:
        output.refuse_unwritable(state)
