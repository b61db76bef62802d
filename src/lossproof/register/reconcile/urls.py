"""Routes of what does not match."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from lossproof.register.reconcile import views
from lossproof.register.web.navigation import Entry

urlpatterns = [
    path("reconcile", views.reconcile, name="reconcile"),
    path("reconcile/unclaimed", views.unclaimed, name="unclaimed"),
    path("reconcile/unseen", views.unseen, name="unseen"),
    path("reconcile/duplicates", views.duplicates, name="duplicates"),
    path("reconcile/quiet", views.quiet, name="quiet"),
    path("reconcile/left", views.left, name="left"),
    path("reconcile/merge/<str:device>", views.merge_with, name="merge_with"),
    path("reconcile/merge/<str:device>/<str:other>", views.merge, name="merge"),
]

NAVIGATION = (Entry(order=50, name="reconcile", text=_("Reconcile"), duties=frozenset(views.READERS)),)
