"""The steps of an import: upload, columns, what would be done, do it, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lossproof.errors import FormatError
from lossproof.register.accounts.duties import acting, duties
from lossproof.register.devices import named
from lossproof.register.imports import files, phases, work
from lossproof.register.imports.forms import (
    COLUMN_WORDS,
    ColumnsForm,
    ReportForm,
    UploadForm,
    WordsForm,
    guessed,
    shortened,
)
from lossproof.register.imports.models import ENDED, WORKING, Run, SavedMapping, State
from lossproof.register.imports.words import STATES, counted
from lossproof.register.web.errors import Conflict
from lossproof.wire.asset_list import Field, Mapping, decode_mapping, encode_mapping

LEADS = ("governance_lead", "it")
KEPT_FOR = timedelta(days=1)
"""How long the file of an import that nobody goes on with stands, and the rows with errors of one that has ended."""

_LISTED, _CHOICES = 10, 50
_WAIT_SECONDS = 1.5
_PHASES: dict[str, Callable[[str], None]] = {
    State.READING: phases.read,
    State.PLANNING: phases.look,
    State.RUNNING: phases.carry,
}


@duties(*LEADS)
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a file, and the last imports of one's organisation."""
    who = acting(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        run = Run(organisation=who.organisation, by=who.person, file_name=_plain(file.name))
        files.keep_upload(run.id, file.chunks())
        try:
            run.save(force_insert=True)
            work.begin(run, frozenset({State.READING}), State.READING, phases.read)
        except Exception:
            files.remove(run.id)
            Run.objects.filter(id=run.id).delete()
            raise
        return _next(run)
    _tidy()
    listed = list(Run.objects.filter(organisation=who.organisation).order_by("-created_at")[:_LISTED])
    people = named.people([run.by for run in listed])
    rows = [(run, people.get(run.by, ""), STATES[State(run.state)]) for run in listed]
    choices = SavedMapping.objects.filter(organisation=who.organisation).order_by("name")[:_CHOICES]
    return render(request, "imports/imports.html", {"form": form, "runs": rows, "choices": choices})


@duties(*LEADS)
@require_POST
def delete_choice(request: HttpRequest, choice: int) -> HttpResponse:
    """Delete a choice of columns that was kept; files that were read by it stay as they are."""
    found = SavedMapping.objects.filter(id=choice, organisation=acting(request).organisation)
    if not found.delete()[0]:
        raise Http404
    return redirect("imports")


@duties(*LEADS)
def one_run(request: HttpRequest, run: str) -> HttpResponse:
    """Where an import is, and what to do next."""
    found = _run(request, run)
    if found.state in WORKING:
        cut_off = work.is_cut_off(found)
        if found.state in WORKING:
            return render(request, "imports/progress.html", _about(found, cut_off=cut_off))
    if found.state == State.COLUMNS:
        return _columns_page(request, found)
    if found.state == State.REPORT:
        return _report_page(request, found)
    if found.state == State.PLANNED:
        return _planned_page(request, found)
    return render(request, "imports/ended.html", _about(found, has_errors=files.errors_of(run) is not None))


@duties(*LEADS)
def columns(request: HttpRequest, run: str) -> HttpResponse:
    """Say which column is what."""
    found = _waiting(_run(request, run), State.COLUMNS, State.PLANNED)
    if found.source:
        raise Http404
    if request.method != "POST":
        return _columns_page(request, found)
    before = _mapping(found)
    form = ColumnsForm(request.POST, headings=found.headings, found=before)
    if not form.is_valid():
        return _columns_page(request, found, form)
    mapping = form.mapping(before.kinds if before is not None else {})
    _change(found, State.COLUMNS, mapping=encode_mapping(mapping), with_custody=form.cleaned_data["with_custody"])
    if name := form.cleaned_data["save_as"].strip():
        SavedMapping.objects.update_or_create(
            organisation=found.organisation,
            name=name,
            defaults={"mapping": encode_mapping(mapping), "saved_at": timezone.now()},
        )
    return _look(found)


@duties(*LEADS)
@require_POST
def words(request: HttpRequest, run: str) -> HttpResponse:
    """Say what words for kinds mean, and look again."""
    found = _waiting(_run(request, run), State.PLANNED)
    mapping = _mapping(found)
    form = _words_form(found, request.POST)
    if mapping is None or form is None:
        raise Http404
    if not form.is_valid():
        return _planned_page(request, found, form)
    mapping = Mapping(columns=mapping.columns, kinds={**mapping.kinds, **form.kinds()})
    _change(found, State.PLANNED, mapping=encode_mapping(mapping))
    return _look(found)


@duties(*LEADS)
def report(request: HttpRequest, run: str) -> HttpResponse:
    """Say when a report was made, where it does not."""
    found = _waiting(_run(request, run), State.REPORT, State.PLANNED)
    if not found.source:
        raise Http404
    if request.method != "POST":
        return _report_page(request, found)
    if files.look_of(run).get("asks_time", True):
        form = ReportForm(request.POST)
        if not form.is_valid():
            return _report_page(request, found, form)
        _change(found, State.REPORT, made_at=form.made_at())
    return _look(found)


@duties(*LEADS)
@require_POST
def go(request: HttpRequest, run: str) -> HttpResponse:
    """Do what was planned."""
    found, who = _run(request, run), acting(request)
    _change(found, State.PLANNED, by=who.person, authenticated=who.authenticated.value)
    work.begin(found, frozenset({State.PLANNED}), State.RUNNING, phases.carry)
    return _next(found)


@duties(*LEADS)
@require_POST
def again(request: HttpRequest, run: str) -> HttpResponse:
    """Go on with an import that a restart cut off."""
    found = _run(request, run)
    if not work.is_cut_off(found):
        raise Conflict(_("This import has moved on since you opened the page"), _("Look at it again"))
    state = State(found.state)
    if files.has_upload(run):
        work.begin(found, frozenset({state}), state, _PHASES[state])
    else:
        problem, hint = _("the file that was uploaded is no longer there"), _("upload it again: nothing is done twice")
        _end(found, State.FAILED, problem=problem, hint=hint)
    return _next(found)


@duties(*LEADS)
@require_POST
def stop(request: HttpRequest, run: str) -> HttpResponse:
    """Leave an import: what is recorded stays."""
    found = _run(request, run)
    if found.state in WORKING and not work.is_cut_off(found):
        Run.objects.filter(id=run).update(stopping=True)
        work.wait(run, _WAIT_SECONDS)
    elif found.state not in ENDED:
        _end(found, State.STOPPED)
    return redirect("import_run", run=run)


@duties(*LEADS)
def errors(request: HttpRequest, run: str) -> HttpResponse:
    """The rows with errors, to be corrected and imported."""
    found = _run(request, run)
    content = None if found.state in WORKING else files.errors_of(run)
    if content is None:
        raise Http404
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="errors.csv"'},
    )


def _run(request: HttpRequest, run: str) -> Run:
    """The run, if it is of the person's organisation. Raises `Http404`."""
    found = Run.objects.filter(id=run, organisation=acting(request).organisation).first()
    if found is None:
        raise Http404
    return found


def _waiting(run: Run, *states: State) -> Run:
    """The run, if it waits there. Raises `Conflict`."""
    if run.state not in states:
        raise Conflict(_("This import has moved on since you opened the page"), _("Look at it again"))
    return run


def _change(run: Run, state: State, **more: Any) -> None:
    """Write what a person chose, while the run waits. Raises `Conflict` where it moved on meanwhile."""
    states = {state, State.PLANNED}
    if not Run.objects.filter(id=run.id, state__in=states).update(**more):
        raise Conflict(_("This import has moved on since you opened the page"), _("Look at it again"))


def _look(run: Run) -> HttpResponse:
    work.begin(run, frozenset({State.COLUMNS, State.REPORT, State.PLANNED}), State.PLANNING, phases.look)
    return _next(run)


def _next(run: Run) -> HttpResponse:
    """The page of the run, when its thread is ready, or soon."""
    work.wait(run.id, _WAIT_SECONDS)
    return redirect("import_run", run=run.id)


def _end(run: Run, state: State, **more: Any) -> None:
    files.remove(run.id)
    Run.objects.filter(id=run.id).update(state=state, ended_at=timezone.now(), kept=False, **more)


def _tidy() -> None:
    """Delete what stands of old imports."""
    old = Run.objects.filter(kept=True, created_at__lt=timezone.now() - KEPT_FOR)
    for run in old[:100]:
        if run.state not in WORKING or work.is_cut_off(run):
            with transaction.atomic():
                _end(run, State(run.state) if run.state in ENDED else State.STOPPED)


def _mapping(run: Run) -> Mapping | None:
    try:
        return decode_mapping(run.mapping.encode("utf-8")) if run.mapping else None
    except FormatError:
        return None


def _about(run: Run, **more: Any) -> dict[str, Any]:
    """What every page of a run shows."""
    return {"run": run, "counts": counted(run), "state": STATES[State(run.state)], **more}


def _columns_page(request: HttpRequest, run: Run, form: ColumnsForm | None = None) -> HttpResponse:
    saved = SavedMapping.objects.filter(organisation=run.organisation).order_by("name")[:_CHOICES]
    chosen = next((one for one in saved if one.name == request.GET.get("saved")), None)
    mapping = decode_mapping(chosen.mapping.encode("utf-8")) if chosen is not None else _mapping(run)
    found = mapping or guessed(run.headings)
    if form is None:
        form = ColumnsForm(headings=run.headings, found=found, initial={"with_custody": run.with_custody})
    samples = files.look_of(run.id).get("samples", [])
    shown = [
        (shortened(heading), [row[at] for row in samples if row[at]])
        for at, heading in enumerate(run.headings)
        if heading
    ][:20]
    return render(
        request, "imports/columns.html", _about(run, form=form, saved=saved, chosen=chosen, shown=shown, guessed=found)
    )


def _report_page(request: HttpRequest, run: Run, form: ReportForm | None = None) -> HttpResponse:
    asks = files.look_of(run.id).get("asks_time", True)
    return render(request, "imports/report.html", _about(run, form=(form or ReportForm()) if asks else None))


def _words_form(run: Run, data: Any = None) -> WordsForm | None:
    listed = [(str(word), int(count)) for word, count in files.look_of(run.id).get("words", [])]
    return WordsForm(data, words=listed) if listed else None


def _planned_page(request: HttpRequest, run: Run, form: WordsForm | None = None) -> HttpResponse:
    mapping = _mapping(run)
    taken = [
        (COLUMN_WORDS[one], shortened(mapping.columns[one])) for one in Field if mapping and one in mapping.columns
    ]
    context = _about(
        run,
        taken=taken,
        words_form=form or _words_form(run),
        form=form,
        has_errors=files.errors_of(run.id) is not None and bool(run.faults),
    )
    return render(request, "imports/planned.html", context)


def _plain(name: str | None) -> str:
    """The name of a file as it may be shown."""
    shown = "".join(character for character in name or "" if character.isprintable()).strip()
    return shown[:120] or _("a file without a name")
