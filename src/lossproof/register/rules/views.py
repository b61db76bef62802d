"""Pages about rules: what holds, what would change if others did, adopting them, and which held before.

A change is looked at before it is made: both ways of writing one, figures and the whole text, lead to the same preview, which
saves nothing; adopting sends the text of the preview back, with the number of the rules that it began from.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lossproof.errors import FormatError, LossproofError, UnsupportedError
from lossproof.ledger.store import Ledger
from lossproof.policy.rules import parse_rules
from lossproof.register.accounts.duties import acting, duties, everybody, scope
from lossproof.register.accounts.forms import add_refusal
from lossproof.register.accounts.limits import limit
from lossproof.register.devices.now import up_to_date
from lossproof.register.options import signing_key
from lossproof.register.projection import kept_rules, rules_in_force
from lossproof.register.projection.rules import shipped_digest
from lossproof.register.queries.estate import preview
from lossproof.register.rules import acts
from lossproof.register.rules.difference import differences
from lossproof.register.rules.editing import with_figures
from lossproof.register.rules.faults import fault_in
from lossproof.register.rules.forms import AdoptForm, FiguresForm, TextForm, with_plain_lines
from lossproof.register.rules.saying import adopted, devices_of, drawn, said, said_if_known
from lossproof.register.rules.versions import Draft, called, draft, version, versions
from lossproof.register.store import the_ledger
from lossproof.register.web.errors import REFUSALS
from lossproof.register.web.translating import translated

LEAD = "governance_lead"
_A_PAGE = 50
_FIRST = 10
"""How many devices a preview shows at once; the others behind a click."""


@everybody
def rules(request: HttpRequest) -> HttpResponse:
    """The rules that hold now, in English."""
    ledger = the_ledger()
    now = up_to_date(ledger)
    with ledger.database.snapshot():
        held = rules_in_force(ledger.database, now)
        newest = versions(ledger.database, most=1)
        kept = version(ledger.database, held.version) if held.version is not None else None
    coming = newest[0] if newest and newest[0].effective_at > now and newest[0].withdrawn is None else None
    context = {
        "called": called(held),
        "rules": said(held.compiled.rules.rules),
        "adopted": adopted([kept], now)[0] if kept is not None else None,
        "coming": adopted([coming], now)[0] if coming is not None else None,
        "may_change": scope(request).may_change and _is_lead(request),
    }
    return render(request, "rules/rules.html", context)


@duties(LEAD)
def change(request: HttpRequest) -> HttpResponse:
    """Write other rules, by figures or as text, and see what would change."""
    ledger = the_ledger()
    now = up_to_date(ledger)
    begun = draft(ledger.database)
    way = request.POST.get("way", "")
    if way == "figures":
        return _from_figures(request, ledger, begun, now)
    if way == "text":
        return _from_text(request, ledger, begun, now)
    if request.method == "POST":
        # Back from a preview: the text goes on where it was left.
        number = request.POST.get("version", "")
        begun = begun._replace(
            text=with_plain_lines(request.POST.get("text", "")),
            number=int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else begun.number,
        )
    return _change_page(request, begun)


@duties(LEAD)
@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """Adopt the rules that were looked at."""
    ledger = the_ledger()
    now = up_to_date(ledger)
    form = AdoptForm(request.POST)
    if not form.is_valid():
        text = form.cleaned_data.get("text")
        if text is None or "version" not in form.cleaned_data:
            raise FormatError(_("the form was not sent whole"))
        return _preview_page(request, ledger, now, text, form)
    try:
        number = acts.adopt(
            ledger,
            signing_key(),
            acting(request),
            form.cleaned_data["text"],
            seen=form.cleaned_data["version"],
            effective_at=form.effective_at(),
        )
    except REFUSALS as error:
        add_refusal(form, str(error), error.hint)
        return _preview_page(request, ledger, now, form.cleaned_data["text"], form)
    messages.success(request, _("Version %(number)d of the rules was adopted.") % {"number": number})
    return redirect("rules")


@everybody
def history(request: HttpRequest) -> HttpResponse:
    """Every version that was adopted, the newest first."""
    ledger = the_ledger()
    now = up_to_date(ledger)
    after = request.GET.get("after", "")
    before = int(after) if after.isascii() and after.isdecimal() and len(after) < 8 else None
    found = versions(ledger.database, before, _A_PAGE + 1)
    context = {
        "versions": adopted(found[:_A_PAGE], now),
        "first": before is None,
        "after": str(found[_A_PAGE - 1].number) if len(found) > _A_PAGE else None,
    }
    return render(request, "rules/history.html", context)


@everybody
def one_version(request: HttpRequest, number: int) -> HttpResponse:
    """One version in English and as it was written. Number 0 are the rules that came with this lossproof."""
    ledger = the_ledger()
    now = up_to_date(ledger)
    found = version(ledger.database, number) if number < 1 << 30 else None
    if found is None and number:
        raise Http404
    held = rules_in_force(ledger.database, now)
    text = kept_rules(ledger.database, found.digest if found is not None else shipped_digest())
    context = {
        "number": number,
        "adopted": adopted([found], now)[0] if found is not None else None,
        "holds": number == (held.version or 0),
        "text": text.decode("utf-8"),
        "rules": said_if_known(text),
    }
    return render(request, "rules/version.html", context)


def _from_figures(request: HttpRequest, ledger: Ledger, begun: Draft, now: int) -> HttpResponse:
    base = with_plain_lines(request.POST.get("base", ""))
    form = FiguresForm(request.POST, text=base)
    if form.is_valid():
        try:
            text = with_figures(base, form.wanted())
        except REFUSALS as error:
            add_refusal(form, str(error), error.hint)
        else:
            return _preview_page(request, ledger, now, text, _adopt_form(text, form.cleaned_data["version"]))
    return _change_page(request, begun._replace(text=base), figures=form)


def _from_text(request: HttpRequest, ledger: Ledger, begun: Draft, now: int) -> HttpResponse:
    form = TextForm(request.POST)
    typed = with_plain_lines(request.POST.get("text", ""))
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            parse_rules(text.encode("utf-8", "surrogatepass"))
        except (FormatError, UnsupportedError) as error:
            _add_fault(form, text, error)
        else:
            return _preview_page(request, ledger, now, text, _adopt_form(text, form.cleaned_data["version"]))
    return _change_page(request, begun._replace(text=typed), text_form=form)


def _adopt_form(text: str, number: int) -> AdoptForm:
    return AdoptForm(initial={"text": text, "version": number})


def _add_fault(form: TextForm, text: str, error: LossproofError) -> None:
    fault = fault_in(text, str(error))
    told = translated(str(error))
    said = f"{told[:1].upper()}{told[1:]}"
    if fault is not None:
        said = _("Line %(number)d (%(line)s): %(said)s") % {"number": fault.number, "line": fault.line, "said": told}
    if error.hint:
        said = _("%(said)s (see: %(hint)s)") % {"said": said, "hint": translated(error.hint)}
    form.add_error("text", said)


def _change_page(
    request: HttpRequest, begun: Draft, figures: FiguresForm | None = None, text_form: TextForm | None = None
) -> HttpResponse:
    wrong = figures or text_form
    if figures is None:
        figures = _figures_form(begun)
    text_form = text_form or TextForm(initial={"text": begun.text, "version": begun.number})
    context = {"figures": figures, "text_form": text_form, "form": wrong, "open": text_form.is_bound or figures is None}
    return render(request, "rules/change.html", context)


def _figures_form(begun: Draft) -> FiguresForm | None:
    """None where the text as it stands has no figures to change, or is no rules."""
    try:
        form = FiguresForm(initial={"base": begun.text, "version": begun.number}, text=begun.text)
    except (FormatError, UnsupportedError):
        return None
    return form if any(True for _group in form.groups()) else None


def _preview_page(request: HttpRequest, ledger: Ledger, now: int, text: str, form: AdoptForm) -> HttpResponse:
    limit(request, "preview")
    seen = preview(ledger, scope(request).organisations, text.encode("utf-8"), now)
    newest = draft(ledger.database)
    held = rules_in_force(ledger.database, now)
    context = {
        "form": form,
        "title": _("What would change"),
        "seen": seen,
        "drawn": drawn(seen),
        "first": _FIRST,
        "devices": devices_of(ledger, seen.shown),
        "differences": differences(held.compiled.rules.rules, parse_rules(text.encode("utf-8")).rules, translated),
        "is_newest": with_plain_lines(newest.text) == text,
    }
    return render(request, "rules/preview.html", context)


def _is_lead(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has(LEAD))
