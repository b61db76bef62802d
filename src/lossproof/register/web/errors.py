"""Pages that say what went wrong and what to do next, in plain words, with nothing of what was sent."""

from __future__ import annotations

import re
import sys
from http import HTTPStatus
from typing import NamedTuple

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.translation import gettext as _

from lossproof.errors import (
    FormatError,
    InputError,
    KeyRequiredError,
    PolicyError,
    StoreError,
    UnsupportedError,
    VerificationError,
)
from lossproof.ledger.publishing import UncoveredError
from lossproof.register.web.translating import translated

REFUSALS = (FormatError, InputError, KeyRequiredError, PolicyError, UnsupportedError, VerificationError)
"""Errors whose words are for whoever filled in a form. A store that cannot be read or written is none: that is a page of its own."""

_COMMAND = re.compile(r"`([^`]+)`")


class Conflict(Exception):  # noqa: N818  what happened, and no error of ours
    """What was asked for does not fit what is there now: a page of status 409 that says so."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class TooMany(Exception):  # noqa: N818
    """Somebody tries too often: a page of status 429."""


class Words(NamedTuple):
    """The heading of an error page, and what to do."""

    title: str
    text: str


def words_for(status: int) -> Words:
    """What an error page of this status says."""
    said = {
        400: Words(_("That could not be read"), _("Go back, check what you entered, and send it again.")),
        403: Words(_("You cannot use this page"), _("Your account does not have the duty that it takes. Ask IT.")),
        404: Words(_("There is no such page"), _("If you followed a link, ask for a new one.")),
        409: Words(_("This was not done"), _("Something has changed since you opened the page. Look again.")),
        413: Words(_("That is too large"), _("Send a smaller file.")),
        429: Words(_("Too many attempts"), _("Wait a few minutes, then try again.")),
        503: Words(_("The register cannot be reached"), _("Nothing was recorded. Try again in a few minutes.")),
    }
    fallback = Words(
        _("Sorry, something went wrong"),
        _("Nothing was recorded unless you were told so. Try again later; if it happens again, tell IT when."),
    )
    return said.get(status, fallback)


def error_page(
    request: HttpRequest | None, status: int, said: str = "", hint: str = "", *, title: str = ""
) -> HttpResponse:
    """An error page; `title`, `said` and `hint` stand in place of the general words. Without a request nothing is read from the store."""
    words = words_for(status)
    context = {
        "title": title or words.title,
        "text": _sentence(said) or words.text,
        "hint": _sentence(hint) if said else "",
        "status": status,
    }
    body = loader.render_to_string("web/error.html", context, request)
    return HttpResponse(body, status=status)


def in_words(message: str, hint: str = "") -> str:
    """The message of an error as a page says it, with its hint: begun with a capital, and commands in quotation marks."""
    said = f"{translated(message)}: {translated(hint)}" if hint else translated(message)
    text = _COMMAND.sub(r"“\1”", said)
    return f"{text[:1].upper()}{text[1:]}"


def _sentence(text: str) -> str:
    return f"{in_words(text)}{'' if text.endswith(('.', '?', '!')) else '.'}" if text else ""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 503 where a session could not be kept because the database was lost."""
    cause = exception.__context__
    while cause is not None:
        if isinstance(cause, OperationalError | InterfaceError):
            return _lost_around_a_view()
        cause = cause.__context__
    return error_page(None, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return error_page(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, for what is not there and for what others have alike."""
    return error_page(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database was lost before or after a view. Reads nothing."""
    if isinstance(sys.exception(), StoreError | OperationalError | InterfaceError):
        return _lost_around_a_view()
    return error_page(None, HTTPStatus.INTERNAL_SERVER_ERROR)


def store_failed(error: BaseException) -> HttpResponse:
    """503, which says whether it was recorded. Reads nothing."""
    if isinstance(error, UncoveredError):
        said = _("The register could not finish the receipt for it, and will do so later")
        hint = _("Look whether it is there before you do it again")
        return error_page(None, HTTPStatus.SERVICE_UNAVAILABLE, said, hint, title=_("It was recorded"))
    return error_page(None, HTTPStatus.SERVICE_UNAVAILABLE)


def _lost_around_a_view() -> HttpResponse:
    """503 that does not say whether anything was recorded: it may have been, just before. Reads nothing."""
    said = _("Its database did not answer")
    hint = _("Look whether what you did was recorded before you do it again, in a few minutes")
    return error_page(None, HTTPStatus.SERVICE_UNAVAILABLE, said, hint)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was not sent from its own page, or whose page is too old."""
    text = _("The form was open for too long, or your browser does not keep cookies")
    return error_page(None, HTTPStatus.FORBIDDEN, text, _("Go back, load the page again, and send it"))
