"""The pages by which a governance lead answers a person who asks about their data. Only the controller has governance leads."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from lossproof.register.accounts.duties import duties
from lossproof.register.accounts.models import Account
from lossproof.register.data_subjects import words
from lossproof.register.data_subjects.copying import all_about
from lossproof.register.data_subjects.erasing import PERSON_ASKED, erase_at_request, why_not_yet
from lossproof.register.data_subjects.staying import what_stays
from lossproof.register.store import the_ledger

LEADS = ("governance_lead",)
_MOST_FACTS = 200
"""How many facts the page shows; the file has all."""


@duties(*LEADS)
def data(request: HttpRequest, person: str) -> HttpResponse:
    """Everything that is held about one person, to read."""
    _require(person)
    copy = all_about(the_ledger(), person)
    return render(request, "data_subjects/data.html", {"copy": copy, "most": _MOST_FACTS, "words": words.called})


@duties(*LEADS)
def download(request: HttpRequest, person: str) -> HttpResponse:
    """The same as a file, to give to the person."""
    _require(person)
    copy = json.dumps(all_about(the_ledger(), person), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="person-{person[:8]}.json"'}
    return HttpResponse(copy + "\n", content_type="application/json; charset=utf-8", headers=headers)


@duties(*LEADS)
def erase(request: HttpRequest, person: str) -> HttpResponse:
    """Erase who a person was, after asking."""
    account = _require(person)
    if request.method == "POST":
        erase_at_request(the_ledger(), person, PERSON_ASKED)
        messages.success(request, _("It is erased. What stays says nothing of who it was."))
        return redirect("person_data", person=person)
    context = {"person": account, "not_yet": why_not_yet(the_ledger(), account), "stays": what_stays()}
    return render(request, "data_subjects/erase.html", context)


def _require(person: str) -> Account:
    """The account. Raises `Http404` where there is none."""
    if len(person) != 32:
        raise Http404
    return get_object_or_404(Account, id=person)
