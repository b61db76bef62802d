"""The page about retention: each kind of thing that can be erased, when the shipped schedule erases it, and on what ground."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]

_BEGIN = """
`lossproof retention --database STORE` erases, for good, what is due by a dated schedule; with `--dry-run` it only
counts. `lossproof retention --show-schedule` prints the shipped schedule. It is a proposal: copy it, decide, and give
your own with `--schedule FILE` ([how](../how-to/run-the-register.md#erase-what-need-not-be-kept)). A schedule has one
line for each kind below, no more and no less.

A device that is missing, or found and not yet cleared, keeps all that is known of it. A person who has a device, or
had it last before it went missing, keeps their name. Nothing in the log is ever erased: it holds random ids, counts,
and digests that say nothing without what is erased here.
""".strip()

_END = """
Each day's work is written down in the table `retention_sweep`: when, by which schedule (its SHA-256), which kind, how
many. What was a person, device or organisation leaves a row in `retention_erasure`: when, and under which rule; pages
then say so. `STORE.keys/erased`, outside the store, lists every erasure of a person, a name, a signed text or a
sealed list by random id or digest, so that a store that is put back from an older copy is swept again. The text of a
policy version is kept with the store, and holds nobody's data. What cannot be erased from here: copies of the store,
evidence packs, and in PostgreSQL the server's own files until it has vacuumed them.
""".strip()


def parts(table: Table) -> Iterable[str]:
    """The page's parts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lossproof.register.settings")
    import django

    django.setup()
    from lossproof.register.retention.kinds import kinds
    from lossproof.register.retention.schedule import SHIPPED, read_schedule

    schedule = read_schedule(SHIPPED, kinds())
    yield _BEGIN
    yield (
        f"The shipped schedule is of {schedule.dated:%Y-%m-%d}. "
        "A ground in *italics* was written from memory: check it before you rely on it."
    )
    rows = []
    for line in schedule.lines:
        kind = kinds()[line.what]
        ground = f"*{line.source}*" if line.recalled else line.source
        rows.append((f"`{line.what}`", kind.what, kind.since, f"{line.after_days:,}", f"`{line.rule}`", ground))
    yield table(("kind", "what goes, and what is left", "days are counted from when", "days", "rule", "ground"), rows)
    yield _END
