"""Routes of evidence coming in: the API, and the pages about keys."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext_lazy as _

from lossproof.register.evidence import views
from lossproof.register.evidence.api import api, health, in_one_shape, nothing_here
from lossproof.register.web.navigation import Entry

_ROUTES, _APP, _NAMESPACE = api.urls
for _route in _ROUTES:
    if isinstance(_route, URLPattern):
        _route.callback = nothing_here if _route.name == "api-root" else in_one_shape(_route.callback)

urlpatterns = [
    path("health", health, name="health"),
    path("api/v1/", (_ROUTES, _APP, _NAMESPACE)),
    re_path(r"^api/(?P<rest>.*)$", nothing_here),
    path("agents", views.agents, name="agents"),
    path("agents/new", views.new_code, name="new_code"),
    path("agents/codes/<str:code>/withdraw", views.withdraw_code, name="withdraw_code"),
    path("agents/<str:key>", views.agent, name="agent"),
    path("agents/<str:key>/end", views.end_agent, name="end_agent"),
]

NAVIGATION = (Entry(order=70, name="agents", text=_("Agents"), duties=frozenset(views.LEADS)),)
