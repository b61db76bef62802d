"""Routes of the first page and its lists."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from lossproof.register.devices.listing import LISTERS
from lossproof.register.standing import views
from lossproof.register.web.navigation import Entry

urlpatterns = [
    path("", views.home, name="home"),
    path("now", views.now, name="now"),
    path("now/not-protected", views.not_protected, name="not_protected"),
    path("now/overdue", views.overdue, name="overdue"),
    path("now/requests", views.requests, name="requests"),
]

NAVIGATION = (Entry(order=10, name="now", text=_("Now"), duties=frozenset(LISTERS)),)
