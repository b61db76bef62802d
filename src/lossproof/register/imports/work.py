"""The threads that work on runs: at most one an organisation, in this process alone.

A run that its row says is worked on, and that no thread works on, was cut off by a restart; it is begun again from its file, and
nothing is done twice (`jobs.importing`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connections
from django.utils.translation import gettext as _

from lossproof.register.imports.models import WORKING, Run, State
from lossproof.register.web.errors import Conflict

_lock = threading.Lock()
_threads: dict[str, tuple[str, threading.Thread]] = {}


def begin(run: Run, expected: frozenset[State], state: State, work: Callable[[str], None]) -> None:
    """Move a run that is in one of the `expected` states on to `state`, and let a thread do `work` with its id.

    Raises `Conflict` where it is in another state, or another run of the organisation is worked on.
    """
    with _lock:
        for other, thread in _threads.values():
            if other == run.organisation and thread.is_alive():
                raise Conflict(
                    _("Another import of your organisation is under way"), _("Wait until it ends, or stop it")
                )
        moved = Run.objects.filter(id=run.id, state__in=expected).update(
            state=state, done=0, stopping=False, problem="", hint=""
        )
        if not moved:
            raise Conflict(_("This import has moved on since you opened the page"), _("Look at it again"))
        thread = threading.Thread(target=_do, args=(run.id, work), name=f"import {run.id[:8]}", daemon=True)
        _threads[run.id] = (run.organisation, thread)
        thread.start()


def is_cut_off(run: Run) -> bool:
    """Whether a run should be worked on, and is not. Reads its row again where no thread works on it."""
    with _lock:
        found = _threads.get(run.id)
    if found is not None and found[1].is_alive():
        return False
    # Its thread may have ended since the row was read.
    run.refresh_from_db()
    return run.state in WORKING


def wait(run: str, seconds: float) -> None:
    """Wait for the thread of a run, so long at most: small files are done before the next page."""
    with _lock:
        found = _threads.get(run)
    if found is not None:
        found[1].join(seconds)


def _do(run: str, work: Callable[[str], None]) -> None:
    try:
        work(run)
    finally:
        connections.close_all()
        with _lock:
            _threads.pop(run, None)
