"""What holds for every page: nothing is kept by browsers or proxies, and a refusal is a page."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from lossproof.errors import FormatError, InputError, LossproofError, PolicyError, StoreError
from lossproof.register.web.environment import sign_ons
from lossproof.register.web.errors import Conflict, TooMany, error_page, store_failed

SIGN_ON = "/sign-on/"
Answer = Callable[[HttpRequest], HttpResponseBase]

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (Conflict, 409),
    (TooMany, 429),
    (PolicyError, 409),
    (InputError, 400),
    (FormatError, 400),
    (StoreError, 503),
    (LossproofError, 409),
    (OperationalError, 503),
    (InterfaceError, 503),
)


def never_stored(get_response: Answer) -> Answer:
    """Pages hold personal data: no browser, proxy or shared computer keeps them, unless a view says otherwise."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return answer


class Refusals:
    """Turn what a view did not expect, and what it refuses, into a page. The API answers for itself."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with nothing added."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal, or None for what is nobody's refusal."""
        if isinstance(exception, OSError) and request.path.startswith(SIGN_ON):
            return _without_sign_on(request)
        status = next((status for kind, status in _STATUS if isinstance(exception, kind)), None)
        if status is None or request.path.startswith("/api/"):
            return None
        if status == 503:
            logging.getLogger("lossproof.register").error("the store failed", exc_info=exception)
            return store_failed(exception)
        return error_page(request, status, str(exception), getattr(exception, "hint", ""))


def _without_sign_on(request: HttpRequest) -> HttpResponse:
    """The page where another provider cannot be asked: each failure of `requests` is an `OSError`."""
    name = next((one["name"] for one in sign_ons()), "")
    said = _("%(name)s cannot be reached now") % {"name": name}
    hint = _("Sign in with your password, or try again in a few minutes")
    return error_page(request, 503, said, hint, title=_("You are not signed in"))
