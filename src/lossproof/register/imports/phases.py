"""What a thread does with a run: read the file, say what would be done, do it. Each reads the file anew, so that nothing of it stays
in memory while a person thinks.

What goes wrong is said in plain words in the row, and the run waits again where it waited before. Nothing here raises.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lossproof.errors import LossproofError
from lossproof.jobs import by_hand
from lossproof.jobs.importing import (
    ROWS_AT_ONCE,
    Plan,
    Status,
    Step,
    carry_out,
    error_headings,
    error_rows,
    plan,
)
from lossproof.jobs.incoming import Incoming, read_incoming
from lossproof.jobs.reported_evidence import Outcome, Taken, import_reported
from lossproof.jobs.stating import Speaker
from lossproof.ledger.log import Writer
from lossproof.ledger.store import Ledger
from lossproof.model.fact import Authentication, Relation
from lossproof.register.devices.now import up_to_date
from lossproof.register.imports import files
from lossproof.register.imports.holders import judge
from lossproof.register.imports.models import MOST_NEW, MOST_SHOWN, Run, State
from lossproof.register.options import signing_key
from lossproof.register.projection import apply
from lossproof.register.store import the_ledger
from lossproof.wire.asset_list import AssetRow, Field, decode_mapping
from lossproof.wire.csv_out import csv_lines
from lossproof.wire.table import Table, bare, cell

MOST_WORDS = 20
"""How many words for kinds that are not known a page asks about."""

_SAMPLES, _MOST_HEADINGS, _MOST_HEADING, _MOST_SHOWN = 3, 100, 500, 80
_TELL_SECONDS = 0.5


class _Stopped(Exception):  # noqa: N818  what somebody asked for
    """Somebody stopped the run."""


def read(run: str) -> None:
    """Find out what the file is."""
    with _working(run, State.FAILED) as row:
        found = read_incoming(files.upload_of(run), row.file_name)
        if found.table is not None:
            _keep_table(run, found.table)
        else:
            asks = any(one.layers is not None and one.seen_at is None for one in found.devices)
            files.keep_look(run, {"asks_time": asks})
            _move(run, State.REPORT, source=found.source[:80], rows=len(found.devices))


def look(run: str) -> None:
    """Say what would be done with each row or device, and change nothing."""
    with _working(run, _waiting_for(run)) as row:
        if row.source:
            outcomes = _reported(row, _Progress(row, row.rows), dry_run=True)
            _keep_outcomes(row, outcomes)
        else:
            table = _table(row)
            planned = _planned(the_ledger(), row, table, _Progress(row, len(table.rows)))
            notes, recorded = _notes(row, planned)
            _keep_plan(row, table, planned, notes, recorded)
            _keep_words(run, table, planned)
        _move(run, State.PLANNED)


def carry(run: str) -> None:
    """Do it, a transaction after the other."""
    with _working(run, State.PLANNED) as row:
        if row.source:
            _keep_outcomes(row, _reported(row, _Progress(row, row.rows), dry_run=False))
        else:
            table, ledger = _table(row), the_ledger()
            planned = _planned(ledger, row, table, None)
            holders = _Holders(ledger, row) if row.with_custody else None
            done = carry_out(
                ledger,
                signing_key(),
                planned,
                each=None if holders is None else holders.each,
                after=apply if holders is None else holders.after,
                progress=_Progress(row, len(planned.steps)),
            ).plan
            notes, recorded = (holders.notes, holders.recorded) if holders is not None else ({}, 0)
            _keep_plan(row, table, _as_done(planned, done), notes, recorded)
            made = (step.device for step in done.steps if step.status is Status.NEW and step.device is not None)
            Run.objects.filter(id=run).update(new_devices=list(islice(made, MOST_NEW)))
        files.remove_upload(run)
        _move(run, State.DONE, ended_at=timezone.now())


def _waiting_for(run: str) -> State:
    return State.REPORT if Run.objects.filter(id=run).exclude(source="").exists() else State.COLUMNS


@contextmanager
def _working(run: str, back: State) -> Iterator[Run]:
    """The row, while it is worked on; what goes wrong puts it `back`, with the reason."""
    try:
        yield Run.objects.get(id=run)
    except _Stopped:
        files.remove(run)
        _move(run, State.STOPPED, ended_at=timezone.now(), kept=False)
    except LossproofError as error:
        _go_back(run, back, str(error), error.hint)
    except Exception as error:
        logging.getLogger("lossproof.register").error("an import failed", exc_info=error)
        _go_back(run, back, _("something went wrong that nobody foresaw"), _("try again later, or tell IT when it was"))


def _go_back(run: str, back: State, problem: str, hint: str) -> None:
    ended: dict[str, Any] = {}
    if back is State.FAILED:
        files.remove(run)
        ended = {"ended_at": timezone.now(), "kept": False}
    _move(run, back, problem=problem[:400], hint=hint[:400], **ended)


def _move(run: str, state: State, **more: Any) -> None:
    Run.objects.filter(id=run).update(state=state, **more)


class _Progress:
    """Tells the row how far its work is, now and then, and hears whether somebody stops it."""

    def __init__(self, row: Run, total: int) -> None:
        self._run, self._told_at = row.id, 0.0
        Run.objects.filter(id=row.id).update(rows=total, done=0)

    def __call__(self, done: int, total: int = 0) -> None:
        if time.monotonic() < self._told_at + _TELL_SECONDS:
            return
        self._told_at = time.monotonic()
        Run.objects.filter(id=self._run).update(done=done)
        if Run.objects.filter(id=self._run, stopping=True).exists():
            raise _Stopped


def _table(row: Run) -> Table:
    found: Incoming = read_incoming(files.upload_of(row.id), row.file_name, asset_list_only=True)
    return found.table or Table((), [], 1)


def _keep_table(run: str, table: Table) -> None:
    headings = [one[:_MOST_HEADING] for one in table.headings[:_MOST_HEADINGS]]
    samples = [[cell(row, at)[:_MOST_SHOWN] for at in range(len(headings))] for row in table.rows[:_SAMPLES]]
    files.keep_look(run, {"samples": samples})
    _move(run, State.COLUMNS, headings=headings, rows=len(table.rows))


def _planned(ledger: Ledger, row: Run, table: Table, progress: _Progress | None) -> Plan:
    """The plan, without devices of organisations that nobody here looks after."""
    mapping = decode_mapping(row.mapping.encode("utf-8"))
    planned = plan(ledger, table, mapping, signer=signing_key(), progress=progress)
    ours = {
        one.subject
        for one in ledger.projection.organisations()
        if one.relation in {Relation.CONTROLLER, Relation.PROCESSOR}
    }
    return replace(planned, steps=tuple(_only_of(ours, step) for step in planned.steps))


def _only_of(organisations: set[str], step: Step) -> Step:
    if step.status is Status.ERROR or step.organisation is None or step.organisation in organisations:
        return step
    reason = _("the organisation is neither us nor a contractor, so no device of it is registered here")
    return step._replace(status=Status.ERROR, device=None, organisation=None, reason=reason)


def _as_done(planned: Plan, done: Plan) -> Plan:
    """What was done with rows that were planned; the others as they were planned."""
    steps = (
        before if before.status is Status.ERROR else after
        for before, after in zip(planned.steps, done.steps, strict=True)
    )
    return replace(done, steps=tuple(steps))


def _notes(row: Run, planned: Plan) -> tuple[dict[int, str], int]:
    """What of holders and statuses would not be recorded, by row, and of how many devices something would."""
    notes: dict[int, str] = {}
    recorded = 0
    if row.with_custody:
        ledger = the_ledger()
        up_to_date(ledger)
        taken = [(step.device, step.row) for step in planned.steps if step.status is not Status.ERROR]
        for start in range(0, len(taken), ROWS_AT_ONCE):
            judged = judge(ledger, taken[start : start + ROWS_AT_ONCE])
            notes |= judged.notes
            recorded += len(judged.wanted)
    return notes, recorded


class _Holders:
    """Records who has the devices of each batch, in its transaction."""

    def __init__(self, ledger: Ledger, row: Run) -> None:
        self._ledger = ledger
        self._speaker = Speaker(
            key=signing_key(), by=row.by, authenticated=Authentication(row.authenticated or Authentication.PASSWORD)
        )
        self._rows: list[tuple[str | None, AssetRow]] = []
        self.notes: dict[int, str] = {}
        self.recorded = 0

    def each(self, _writer: Writer, device: str, row: AssetRow) -> None:
        """Remember a row that was taken in."""
        self._rows.append((device, row))

    def after(self, writer: Writer) -> None:
        """Record what the rows of this batch say, by what is known then."""
        apply(writer)
        judged = judge(self._ledger, self._rows)
        by_hand.record(writer, self._speaker, judged.wanted)
        apply(writer)
        self._rows.clear()
        self.notes |= judged.notes
        self.recorded += len(judged.wanted)


def _keep_plan(row: Run, table: Table, planned: Plan, notes: dict[int, str], recorded: int) -> None:
    counts: dict[str, int] = {status.value: count for status, count in planned.counts().items()}
    wrong = ((str(step.row.number), step.reason) for step in planned.steps if step.status is Status.ERROR)
    noted = ((str(number), note) for number, note in notes.items())
    faults = _first([*wrong, *noted])
    lines = csv_lines(error_headings(table), _wrong_rows(planned, table, notes))
    _keep(row, {**counts, "noted": len(notes), "placed": recorded}, faults, lines)


def _wrong_rows(planned: Plan, table: Table, notes: dict[int, str]) -> Iterator[list[str]]:
    """The rows with errors, then those of which something was left out, as they stood, each with its reason."""
    yield from error_rows(planned, table)
    width = len(table.headings)
    for number, note in notes.items():
        cells = table.rows[number - table.first]
        yield [*cells[:width], *[""] * (width - len(cells)), note]


def _keep_words(run: str, table: Table, planned: Plan) -> None:
    """Keep the words for kinds that are not known, the most frequent first."""
    heading = planned.mapping.columns.get(Field.KIND)
    place = None if heading is None else table.column(heading)
    words: Counter[str] = Counter()
    for step in planned.steps:
        if step.status is Status.ERROR and step.row.kind is None:
            word = cell(table.rows[step.row.number - table.first], place)[:_MOST_SHOWN]
            if bare(word):
                words[word] += 1
    shown = words.most_common(MOST_WORDS)
    files.keep_look(run, {**files.look_of(run), "words": [[word, count] for word, count in shown]})


def _reported(row: Run, progress: Callable[[int], None], *, dry_run: bool) -> tuple[Outcome, ...]:
    found = read_incoming(files.upload_of(row.id), row.file_name)
    return import_reported(
        the_ledger(),
        signing_key(),
        found.devices,
        made_at=row.made_at or timezone.now(),
        dry_run=dry_run,
        after=apply,
        progress=progress,
    )


def _keep_outcomes(row: Run, outcomes: Sequence[Outcome]) -> None:
    counts = Counter(one.taken.value for one in outcomes)
    counts["registered"] = sum(one.registered for one in outcomes)
    wrong = [(one.place, one.reason) for one in outcomes if one.taken is Taken.ERROR]
    lines = csv_lines([_("Where"), _("What is wrong")], wrong)
    _keep(row, {**{taken.value: 0 for taken in Taken}, **counts}, _first(wrong), lines)


def _keep(row: Run, counts: dict[str, int], faults: list[tuple[str, str]], lines: Iterable[str]) -> None:
    if faults:
        files.write_file(row.id, files.ERRORS, lines)
    else:
        files.remove_errors(row.id)
    Run.objects.filter(id=row.id).update(counts=counts, faults=faults)


def _first(faults: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(faults[:MOST_SHOWN])
