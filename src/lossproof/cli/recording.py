"""`--record STORE` and `--report-to URL`: what `check`, `inspect` and `discover` share to put what they saw into a ledger, here or at a
register elsewhere."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lossproof.errors import InputError, LossproofError, PolicyError

if TYPE_CHECKING:
    from lossproof.agent.reporter import Reported
    from lossproof.discover.scan import Found
    from lossproof.jobs.recording import Look, Recorded
    from lossproof.model.volume import Inspection

_WITH_BOTH = ("device", "manifest_to", "counts_alone", "key_passphrase_file")
_WITH_RECORD = ("key", "keys")
_WITH_REPORT = ("state",)


def add_arguments(parser: argparse.ArgumentParser, *, people: bool = True) -> None:
    """Declare `--record`, `--report-to` and what goes with them; `people` where a list of people may be sealed."""
    group = parser.add_argument_group("to record what was seen, in a ledger here or at a register elsewhere")
    group.add_argument("--record", metavar="STORE", help="append it, signed, and print the receipt")
    group.add_argument(
        "--report-to", metavar="URL", help="send it, signed, to this register, or keep it until that can be reached"
    )
    group.add_argument("--device", metavar="DEVICE", help="the device's id, or an identifier that one device has")
    if people:
        group.add_argument(
            "--manifest-to",
            metavar="age1...",
            help="seal the list of people to this enrolled recipient (default: the newest enrolled; none: counts alone)",
        )
        group.add_argument("--counts-alone", action="store_true", help="keep no list of people")
    group.add_argument("--key", metavar="FILE", help="the key that signs (default: inspector.key in the keys)")
    group.add_argument("--keys", metavar="DIR", help="the folder of the ledger's keys (default: STORE.keys)")
    group.add_argument(
        "--key-passphrase-file", metavar="FILE", help="the passphrase of the keys (otherwise it is asked for)"
    )
    group.add_argument(
        "--state", metavar="DIR", help="of --report-to: where `lossproof agent enrol` put the key (default: as it does)"
    )


Record = Callable[["Look"], "Recorded | Reported"]


@contextmanager
def recorder(
    arguments: argparse.Namespace, target: str | os.PathLike[str] | None, *, folder: bool
) -> Iterator[Record | None]:
    """A function that records a look, or None where nothing is to be recorded.

    The keys are unlocked, and the device and the recipient looked for, before `target` is read (None: there are several), so that
    nothing is missing after a long scan.
    """
    _refuse_idle(arguments)
    if arguments.record is None and arguments.report_to is None:
        yield None
        return
    if folder and arguments.device is None:
        raise InputError(
            "a folder does not say which device it is on",
            hint="name it with --device; a new one is registered with `lossproof ledger device`, or at the register",
        )
    if arguments.device is not None and not arguments.device.isprintable():
        raise InputError("the name of the device holds characters that cannot be shown")
    medium = None if folder else target
    if arguments.report_to is not None:
        from lossproof.cli.reporting import reporter

        yield reporter(arguments, medium, folder=folder)
        return
    with _opened(arguments, medium, folder=folder) as record:
        yield record


def _refuse_idle(arguments: argparse.Namespace) -> None:
    """Raise `InputError` for options that would do nothing."""
    if arguments.record is not None and arguments.report_to is not None:
        raise InputError("what was seen goes to one place", hint="give --record STORE or --report-to URL")
    idle = {
        "--record STORE": _WITH_RECORD if arguments.record is None else (),
        "--report-to URL": _WITH_REPORT if arguments.report_to is None else (),
        "--record STORE or --report-to URL": _WITH_BOTH if arguments.record is arguments.report_to else (),
    }
    for wanted, names in idle.items():
        for name in names:
            if getattr(arguments, name, None):
                option = name.replace("_", "-")
                place = "the ledger" if wanted.startswith("--record") else "the register"
                raise InputError(f"--{option} is of use only with {wanted}", hint=f"name {place}: {wanted}")


@contextmanager
def _opened(arguments: argparse.Namespace, medium: str | os.PathLike[str] | None, *, folder: bool) -> Iterator[Record]:
    from pathlib import Path

    from lossproof.cli.ledger import opening
    from lossproof.jobs.inspection import inspect_target
    from lossproof.jobs.recording import recipient_for, record, require_device
    from lossproof.jobs.stating import require_signer
    from lossproof.ledger.store import INSPECTOR_KEY
    from lossproof.model.facts.inspection import InspectionFact

    arguments.ledger = arguments.record
    for name in ("keys", "key", "key_passphrase_file"):
        given = getattr(arguments, name)
        setattr(arguments, name, None if given is None else Path(given))
    wanted = getattr(arguments, "manifest_to", None)
    alone = counts_alone(arguments)
    # What can be told without a key is said before anybody is asked for a passphrase.
    with opening.open_for_reading(arguments) as ledger:
        recipient = None if alone else recipient_for(ledger, wanted)
        if folder or medium is not None or arguments.device is not None:
            require_device(ledger, arguments.device, None if medium is None else inspect_target(medium))
    ledger, signer = opening.open_for_writing(arguments, INSPECTOR_KEY, arguments.key)
    with ledger:
        require_signer(ledger, signer, InspectionFact.SIGNERS, InspectionFact.KIND)
        yield lambda look: record(ledger, signer, look, device=arguments.device, recipient=recipient)


def counts_alone(arguments: argparse.Namespace) -> bool:
    """Whether no list of people is to be kept. Raises `InputError` where both that and a recipient for it were asked for."""
    alone: bool = getattr(arguments, "counts_alone", False)
    if alone and getattr(arguments, "manifest_to", None) is not None:
        raise InputError("--counts-alone keeps no list of people", hint="leave it out, or --manifest-to")
    return alone


def tried(
    record: Record | None,
    *,
    inspection: Inspection | None = None,
    found: Found | None = None,
    exposed: bool | None = None,
) -> tuple[Recorded | Reported | None, LossproofError | None]:
    """What `record` gave, or why it could not be recorded: then the answer is still to be given first. Both None without one."""
    if record is None:
        return None, None
    from lossproof.jobs.recording import Look, Recorded

    try:
        done = record(Look(inspection=inspection, found=found, exposed=exposed))
    except LossproofError as error:
        return None, error
    if not isinstance(done, Recorded) and done.status == "refused":
        why = PolicyError(
            f"the register did not take it: {done.why}", hint="it is kept in the state folder, in `refused`"
        )
        return done, why
    return done, None
