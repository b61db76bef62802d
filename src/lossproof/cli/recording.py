"""`--record STORE`: what `check`, `inspect` and `discover` share to put what they saw into a ledger."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lossproof.errors import InputError, LossproofError

if TYPE_CHECKING:
    from lossproof.discover.scan import Found
    from lossproof.jobs.recording import Look, Recorded
    from lossproof.model.volume import Inspection

_WITH_RECORD = ("device", "manifest_to", "counts_alone", "key", "keys", "key_passphrase_file")


def add_arguments(parser: argparse.ArgumentParser, *, people: bool = True) -> None:
    """Declare `--record` and what goes with it; `people` where a list of people may be sealed."""
    group = parser.add_argument_group("to record what was seen in a ledger")
    group.add_argument("--record", metavar="STORE", help="append it, signed, and print the receipt")
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


Record = Callable[["Look"], "Recorded"]


@contextmanager
def recorder(
    arguments: argparse.Namespace, target: str | os.PathLike[str] | None, *, folder: bool
) -> Iterator[Record | None]:
    """A function that records a look, or None where nothing is to be recorded.

    The keys are unlocked, and the device and the recipient looked for, before `target` is read (None: there are several), so that
    nothing is missing after a long scan.
    """
    if arguments.record is None:
        for name in _WITH_RECORD:
            if getattr(arguments, name, None):
                option = name.replace("_", "-")
                raise InputError(f"--{option} is of use only with --record", hint="name the ledger: --record STORE")
        yield None
        return
    if folder and arguments.device is None:
        raise InputError(
            "a folder does not say which device it is on",
            hint="name it with --device; a new one is registered with `lossproof ledger device`",
        )
    if arguments.device is not None and not arguments.device.isprintable():
        raise InputError("the name of the device holds characters that cannot be shown")
    with _opened(arguments, None if folder else target, folder=folder) as record:
        yield record


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
    alone = getattr(arguments, "counts_alone", False)
    if alone and wanted is not None:
        raise InputError("--counts-alone keeps no list of people", hint="leave it out, or --manifest-to")
    # What can be told without a key is said before anybody is asked for a passphrase.
    with opening.open_for_reading(arguments) as ledger:
        recipient = None if alone else recipient_for(ledger, wanted)
        if folder or medium is not None or arguments.device is not None:
            require_device(ledger, arguments.device, None if medium is None else inspect_target(medium))
    ledger, signer = opening.open_for_writing(arguments, INSPECTOR_KEY, arguments.key)
    with ledger:
        require_signer(ledger, signer, InspectionFact.SIGNERS, InspectionFact.KIND)
        yield lambda look: record(ledger, signer, look, device=arguments.device, recipient=recipient)


def tried(
    record: Record | None,
    *,
    inspection: Inspection | None = None,
    found: Found | None = None,
    exposed: bool | None = None,
) -> tuple[Recorded | None, LossproofError | None]:
    """What `record` gave, or why it could not be recorded: then the answer is still to be given first. Both None without one."""
    if record is None:
        return None, None
    from lossproof.jobs.recording import Look

    try:
        return record(Look(inspection=inspection, found=found, exposed=exposed)), None
    except LossproofError as error:
        return None, error
