"""Routes of imports."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from lossproof.register.imports import views
from lossproof.register.web.navigation import Entry

urlpatterns = [
    path("import", views.imports, name="imports"),
    path("import/choices/<int:choice>/delete", views.delete_choice, name="import_delete_choice"),
    path("import/<str:run>", views.one_run, name="import_run"),
    path("import/<str:run>/columns", views.columns, name="import_columns"),
    path("import/<str:run>/words", views.words, name="import_words"),
    path("import/<str:run>/report", views.report, name="import_report"),
    path("import/<str:run>/go", views.go, name="import_go"),
    path("import/<str:run>/again", views.again, name="import_again"),
    path("import/<str:run>/stop", views.stop, name="import_stop"),
    path("import/<str:run>/errors.csv", views.errors, name="import_errors"),
]

NAVIGATION = (Entry(order=50, name="imports", text=_("Import"), duties=frozenset(views.LEADS)),)
