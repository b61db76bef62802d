"""What pages call the states of an import and what became of its rows."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lossproof.jobs.importing import Status
from lossproof.jobs.reported_evidence import Taken
from lossproof.register.imports.models import Run, State

STATES: dict[State, str | Promise] = {
    State.READING: _("being read"),
    State.COLUMNS: _("waits for you to say which column is what"),
    State.REPORT: _("waits for you"),
    State.PLANNING: _("being looked at"),
    State.PLANNED: _("looked at; nothing is changed yet"),
    State.RUNNING: _("being recorded"),
    State.DONE: _("done"),
    State.FAILED: _("not possible"),
    State.STOPPED: _("stopped"),
}
_ROWS: dict[str, str | Promise] = {
    Status.NEW: _("New devices"),
    Status.CHANGED: _("Devices about which the list says something new"),
    Status.KNOWN: _("Devices that are known as they are"),
    Status.ERROR: _("Rows with errors, which are left out"),
    "placed": _("Devices of which it is recorded who has them, or their status"),
    "noted": _("Rows of which a part is not recorded"),
}
_DEVICES: dict[str, str | Promise] = {
    Taken.RECORDED: _("Reports of a device, recorded as another system's word"),
    "registered": _("Devices that nobody knew, registered with it"),
    Taken.KNOWN: _("Reports that were imported before"),
    Taken.SIGHTED: _("Known devices of whose encryption nothing is said"),
    Taken.UNREGISTERED: _("Unknown devices of whose encryption nothing is said"),
    Taken.ERROR: _("Devices with errors, which are left out"),
}


def counted(run: Run) -> list[tuple[str, int]]:
    """How many rows or devices became what, in words; what there is none of is left out, but for new ones and errors."""
    words = _DEVICES if run.source else _ROWS
    always = {Status.NEW.value, Status.ERROR.value, Taken.RECORDED.value}
    return [
        (str(text), run.counts.get(code, 0))
        for code, text in words.items()
        if run.counts and (run.counts.get(code) or code in always)
    ]
