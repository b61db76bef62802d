"""The page about the register's routes: each with who may use it, found in the routes themselves."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]

_SCOPE = """
What somebody sees is decided by three questions, in this order.

1. **Who is it?** Nobody gets further than the login page without an account, but on the public pages below. A route that is neither
   public nor has duties is refused to everybody (a test visits each).
2. **May this duty use the page?** If not: status 403.
3. **May they see this very device?** If not: status 404. That it exists is not said.
""".strip()

_SEES = (
    (
        "Information governance lead, IT",
        "devices of the controller and of its contractors",
        "yes; rules, exceptions, who looked, a person's data and lost second factors are the governance lead's alone",
    ),
    (
        "Staff",
        "the devices that they hold or are offered",
        "accept, decline, give back, report missing, ask IT for something",
    ),
    (
        "Contractor",
        "devices of their own organisation, and those that they hold or are offered",
        "as staff",
    ),
    ("Auditor, regulator", "every device of the estate", "nothing"),
    ("Nobody (no account)", "what one link offers to them", "accept or decline that, once"),
)


class _Route(NamedTuple):
    path: str
    text: str
    duties: frozenset[str]
    public: bool
    app: str


@cache
def _routes() -> tuple[_Route, ...]:
    """Every route of a register that has been told nothing, by path."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lossproof.register.settings")
    import django

    django.setup()
    from django.urls import get_resolver

    return tuple(sorted(_walk(get_resolver(), "/"), key=lambda one: one.path))


def _walk(resolver: Any, before: str) -> Iterator[_Route]:
    for found in resolver.url_patterns:
        path = before + str(found.pattern)
        if hasattr(found, "url_patterns"):
            yield from _walk(found, path)
            continue
        view = found.callback
        yield _Route(
            re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", path),
            inspect.cleandoc(view.__doc__ or "").split("\n\n")[0],
            frozenset(getattr(view, "duties", ())),
            bool(getattr(view, "public", False) or getattr(view, "login_required", True) is False),
            view.__module__.partition(".")[0],
        )


def parts(table: Table) -> Iterator[str]:
    """What stands on the page below its title."""
    routes = _routes()
    from django.conf import settings

    from lossproof.register.accounts import models as accounts
    from lossproof.register.accounts.limits import RATES
    from lossproof.register.custody import models as custody
    from lossproof.register.evidence import models as evidence

    ours = [one for one in routes if one.app == "lossproof" and one.path.count("(") == 0]
    duties = _words()
    yield "What the pages of a register are, and who may use which. What is behind it: [The register](../explanation/the-register.md)."
    yield f"## Who sees what\n\n{_SCOPE}"
    yield table(("duty", "sees", "may change"), _SEES)
    yield "## Pages for people with an account"
    yield table(
        ("page", "what it is", *duties.values()),
        (
            (f"`{one.path}`", one.text, *("yes" if duty in one.duties else "" for duty in duties))
            for one in ours
            if one.duties
        ),
    )
    yield "## Public pages"
    yield table(
        ("page", "what it is"),
        ((f"`{one.path}`", one.text) for one in ours if one.public and one.text and "/api/" not in one.path),
    )
    yield (
        "Signing in and out, the authenticator app, passkeys and recovery codes (`/login...`, `/security/...`, `/sign-on/...`) are "
        "django-allauth's pages in our look. Everybody sees their own. The [API](api.md) below `/api/` knows no accounts: what comes in "
        "there is signed."
    )
    yield "## How long things last"
    minutes, hours = settings.SESSION_IDLE_SECONDS // 60, settings.SESSION_COOKIE_AGE // 3600
    yield table(
        ("what", "how long"),
        (
            ("being signed in", f"{minutes} minutes after the last page, at most {hours} hours"),
            ("the link by which somebody sets a password", f"{accounts.LINK_HOURS} hours, used once"),
            ("the link by which somebody accepts devices", f"{custody.LINK_HOURS} hours, used once"),
            ("the code by which an agent or inspector enrols", f"{evidence.CODE_HOURS} hours, used once"),
        ),
    )
    yield "## How often something may be tried"
    yield "What needs no account is counted by address, what costs much by account. More is answered with status 429."
    yield table(("what", "most"), ((f"`{name}`", _rate(rate)) for name, rate in sorted(RATES.items())))


def _rate(text: str) -> str:
    """Such as "10 a minute and 100 an hour", from "10/m/ip,100/h/ip"."""
    spans = {"s": "a second", "m": "a minute", "h": "an hour", "d": "a day"}
    said = (one.split("/") for one in text.split(","))
    return " and ".join(f"{most} {spans[span]}" for most, span, *_ in said)


def _words() -> dict[str, str]:
    from lossproof.register.accounts.forms import DUTY_WORDS

    return {duty.value: str(words) for duty, words in DUTY_WORDS.items()}
