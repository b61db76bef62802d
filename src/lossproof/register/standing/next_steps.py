"""What to do next: at most five sentences with links, the most urgent first, each for those who can do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from lossproof.ledger.database import Database
from lossproof.ledger.reading import Log
from lossproof.model.estate import CustodyState
from lossproof.model.standing import Standing
from lossproof.register.accounts.duties import Scope
from lossproof.register.queries.left import left_count
from lossproof.register.standing import queries
from lossproof.register.web.numbers import Grouped

MOST = 5


class Step(NamedTuple):
    """One sentence, what its link is called, and where that leads."""

    text: str
    link: str
    href: str


class Counts(NamedTuple):
    """What is known already when the steps are worked out. `standings` are devices by standing."""

    standings: dict[Standing, int]
    late: int


MISSING = ngettext_lazy("%(count)s device is missing.", "%(count)s devices are missing.", "count")
LATE = ngettext_lazy(
    "%(count)s request has waited longer than it should.",
    "%(count)s requests have waited longer than they should.",
    "count",
)
HELD = ngettext_lazy(
    "%(count)s device is in somebody's hands and not shown to be protected.",
    "%(count)s devices are in somebody's hands and not shown to be protected.",
    "count",
)
LEFT = ngettext_lazy(
    "%(count)s device is still with somebody who has left, or an organisation that has ended.",
    "%(count)s devices are still with people who have left, or organisations that have ended.",
    "count",
)
OFFERED = (
    CustodyState.OFFERED,
    ngettext_lazy(
        "%(count)s device was offered and is not accepted yet.",
        "%(count)s devices were offered and are not accepted yet.",
        "count",
    ),
    _("See who is to have what"),
)
KEPT: tuple[tuple[CustodyState, Any, str | Promise], ...] = (
    (
        CustodyState.RETURNED,
        ngettext_lazy(
            "%(count)s device came back and is not in stock yet.",
            "%(count)s devices came back and are not in stock yet.",
            "count",
        ),
        _("Check, then put in stock"),
    ),
    (
        CustodyState.QUARANTINED,
        ngettext_lazy("%(count)s device is in quarantine.", "%(count)s devices are in quarantine.", "count"),
        _("Decide what becomes of it"),
    ),
)
CONTRADICTED = (
    Standing.CONTRADICTED,
    ngettext_lazy(
        "What is known of %(count)s device does not agree.",
        "What is known of %(count)s devices does not agree.",
        "count",
    ),
    _("See what contradicts what"),
)
STANDINGS: tuple[tuple[Standing, Any, str | Promise], ...] = (
    (
        Standing.UNPROTECTED,
        ngettext_lazy(
            "%(count)s device can be read by whoever finds it.",
            "%(count)s devices can be read by whoever finds them.",
            "count",
        ),
        _("See which can be read"),
    ),
    (
        Standing.UNPROVEN,
        ngettext_lazy(
            "Nothing shows that %(count)s device is protected.",
            "Nothing shows that %(count)s devices are protected.",
            "count",
        ),
        _("See what is missing"),
    ),
    (
        Standing.WEAK,
        ngettext_lazy(
            "%(count)s device is encrypted, but not well enough.",
            "%(count)s devices are encrypted, but not well enough.",
            "count",
        ),
        _("See which are weak"),
    ),
)


def steps(database: Database, log: Log, seen: Scope, counts: Counts, keeper: bool) -> list[Step]:
    """What somebody who sees this may do next; `keeper` says that they answer requests and take devices back."""
    found = [*(_acts(database, log, seen, counts, keeper) if seen.may_change else ()), *_by_standing(counts)]
    return found[:MOST]


def _acts(database: Database, log: Log, seen: Scope, counts: Counts, keeper: bool) -> Iterator[Step]:
    """What waits for somebody who may change something."""
    organisations = seen.organisations
    if missing := queries.count(database, organisations, queries.in_custody(CustodyState.MISSING)):
        yield _step(MISSING, missing, _("See what is known"), _devices(custody=CustodyState.MISSING))
    if keeper and counts.late:
        yield _step(LATE, counts.late, _("Answer what is late"), reverse("requests"))
    if keeper and (left := left_count(database, log, organisations)):
        yield _step(LEFT, left, _("Get them back"), reverse("left"))
    if held := queries.held_without_proof(database, organisations):
        yield _step(HELD, held, _("See who has what"), reverse("overdue"))
    for state, said, link in (OFFERED, *(KEPT if keeper else ())):
        if number := queries.count(database, organisations, queries.in_custody(state)):
            yield _step(said, number, link, _devices(custody=state))


def _by_standing(counts: Counts) -> Iterator[Step]:
    for standing, said, link in (CONTRADICTED, *STANDINGS):
        if number := counts.standings.get(standing, 0):
            yield _step(said, number, link, _devices(standing=standing))


def _step(said: Any, number: int, link: str | Promise, href: str) -> Step:
    return Step(str(said % {"count": Grouped(number)}), str(link), href)


def _devices(**wanted: str) -> str:
    return f"{reverse('devices')}?{urlencode({name: str(value) for name, value in wanted.items()})}"
