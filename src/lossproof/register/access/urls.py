"""Routes of who looked, and of who changed by what others sign in."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from lossproof.register.access import views
from lossproof.register.web.navigation import Entry

urlpatterns = [
    path("access", views.access, name="access"),
    path("access/accounts", views.account_acts, name="account_acts"),
]

NAVIGATION = (Entry(order=90, name="access", text=_("Who looked"), duties=frozenset(views.LEADS)),)
