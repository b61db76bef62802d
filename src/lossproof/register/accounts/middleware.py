"""Nobody gets further than the login page without an account, and no session outlives its owner's attention."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from lossproof.register.accounts.models import Account
from lossproof.register.accounts.second_factor import is_lacking
from lossproof.register.options import Options, told

_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing."""

_BEGAN, _SEEN = "began", "seen"
_NOTE_SECONDS = 60
"""How often it is written down that somebody is still there."""

_begun: list[Options] = []
"""The register of this process, once somebody has an account in it."""


class LoggedIn(LoginRequiredMiddleware):
    """Login everywhere but on public views and in the API, whose requests are signed; no view without its duties; and nothing changed
    by whoever lacks a second factor that is asked of them, but how they sign in."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Redirect, refuse, or let through."""
        if request.path.startswith("/api/") or getattr(view_func, "public", False):
            return None
        if not request.user.is_authenticated and not anybody():
            return redirect("welcome")
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None or not request.user.is_authenticated:
            return refused
        if view_func.__module__.startswith("allauth."):
            return None
        if not hasattr(view_func, "duties"):
            raise PermissionDenied
        if request.method not in _LOOKING and is_lacking(request):
            return render(request, "accounts/second_factor.html", status=HTTPStatus.FORBIDDEN)
        return None


def anybody() -> bool:
    """Whether there is an account already. Once there is, there always is."""
    if told() not in _begun and Account.objects.exists():
        _begun[:] = [told()]
    return told() in _begun


def ended_when_idle(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """End a session half an hour after its last page, and twelve hours after its first."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = int(time.time())
            began, seen = (int(request.session.get(name, now)) for name in (_BEGAN, _SEEN))
            if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
                logout(request)
            elif _SEEN not in request.session or now - seen >= _NOTE_SECONDS:
                request.session.setdefault(_BEGAN, began)
                request.session[_SEEN] = now
        return get_response(request)

    return answer
