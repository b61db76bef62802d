"""Proofs and tiles from a store, for those who have nothing else of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from lossproof.errors import InputError
from lossproof.ledger.reading import Reader, StoredCheckpoint
from lossproof.ledger.store import Ledger
from lossproof.ledger.tiles import export
from lossproof.ledger.tlog_proof import InclusionProof
from lossproof.ledger.tree import prove_inclusion


class Proved(NamedTuple):
    """A tlog-proof, and the bytes of the entry that it proves."""

    proof: bytes
    entry: bytes


def prove(ledger: Ledger, leaf: int) -> Proved:
    """The inclusion proof of a leaf in the newest checkpoint. Raises `InputError` where none covers it."""
    reader = ledger.reader
    with ledger.database.snapshot():
        newest = _newest(reader)
        entry = reader.leaf(leaf).text
        if leaf >= newest.size:
            raise InputError(f"no checkpoint covers leaf {leaf} yet", hint="run `lossproof ledger checkpoint`")
        hashes = prove_inclusion(reader.nodes, leaf, newest.size)
    return Proved(InclusionProof(index=leaf, hashes=tuple(hashes), checkpoint=newest.note).text(), entry)


def export_tiles(ledger: Ledger, folder: Path) -> int:
    """Write the log as static tiles up to its newest checkpoint; how many leaves that is. Raises `InputError` for a folder that
    holds something else, and what `tiles.export` raises."""
    _refuse_taken(folder)
    reader = ledger.reader
    with ledger.database.snapshot():
        return export(folder, _newest(reader).note, reader.nodes, reader.entries).size


def _refuse_taken(folder: Path) -> None:
    """Raise `InputError` for what is no folder, or holds files and no checkpoint: an export would hide among them."""
    try:
        taken = any(folder.iterdir()) and not (folder / "checkpoint").is_file()
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}", hint="name a new or empty folder") from None
    if taken:
        raise InputError(f"{folder} holds something else than an export", hint="name a new or empty folder")


def _newest(reader: Reader) -> StoredCheckpoint:
    newest = reader.newest_checkpoint()
    if newest is None:
        raise InputError("the log has no checkpoint yet", hint="run `lossproof ledger checkpoint`")
    return newest
