"""Every route: those of the apps, found by folder (`urls.py` of each), without a prefix; and the error pages."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"lossproof.register.{name}.urls"))
    for name in settings.FOLDERS
    if find_spec(f"lossproof.register.{name}.urls") is not None
]

handler400 = "lossproof.register.web.errors.bad_request"
handler403 = "lossproof.register.web.errors.forbidden"
handler404 = "lossproof.register.web.errors.not_found"
handler500 = "lossproof.register.web.errors.server_error"
