"""What the actions on a register's own tables share: its store, looked at first, then opened through Django."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.errors import InputError, StoreError

if TYPE_CHECKING:
    from lossproof.ledger.store import Ledger


def open_register(store: str, keys: Path | None) -> Ledger:
    """The ledger over Django's connection, without its keys, to erase and to read; once a process.

    Raises `InputError` where there is no store, or its tables are not those of this version, `StoreError` where it is only to be
    read.
    """
    from lossproof.ledger.outside import RECOVER
    from lossproof.ledger.store import keys_folder, open_ledger
    from lossproof.register.options import Options
    from lossproof.register.start import pending_migrations, start

    folder = keys_folder(store, keys)
    with open_ledger(store, folder) as ledger:
        if ledger.behind:
            raise StoreError(ledger.behind, hint=RECOVER)
    start(Options(store=store, keys=folder))
    if pending_migrations():
        raise InputError(
            "the register's tables in this store are missing, or of an older version",
            hint="`lossproof register migrate` brings them up to this one",
        )
    from lossproof.register.store import the_ledger

    return the_ledger()
