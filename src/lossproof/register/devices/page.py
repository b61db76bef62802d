"""One device: its answer first, who has it, what was asked, and its time line; as it is, or as it was at any time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lossproof.jobs.history import known_leaves, moment_of
from lossproof.jobs.overview import identifiers
from lossproof.ledger.store import Ledger
from lossproof.model.estate import CustodyNow, CustodyState, DeviceState
from lossproof.model.fact import Grade
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.standing import Verdict
from lossproof.policy.custody import TABLE
from lossproof.policy.decide import decide
from lossproof.policy.findings import MEANINGS, Effect
from lossproof.policy.rules import Compiled
from lossproof.register.accounts.duties import READERS, Scope, account_of, everybody, scope
from lossproof.register.accounts.limits import limit
from lossproof.register.devices import merged, named, queries, timeline
from lossproof.register.devices.finding import listed_device
from lossproof.register.devices.forms import AsOfForm
from lossproof.register.devices.listing import KEEPERS
from lossproof.register.devices.now import up_to_date
from lossproof.register.devices.queries import Happening, Listed
from lossproof.register.devices.words import (
    ASKED,
    ASKS,
    CUSTODY_REASONS,
    EVENTS,
    EXEMPTIONS,
    GRADES,
    KINDS,
    KNOWN_BY,
    NOT_RECORDED,
    OUTCOMES,
    PAST_SENTENCES,
    SCHEMES,
    STANDING_SENTENCES,
    STANDINGS,
    STATES,
    WHAT,
)
from lossproof.register.options import told
from lossproof.register.projection import AsOf, rules_in_force
from lossproof.register.projection.device_states import ALWAYS
from lossproof.register.projection.moments import Moments
from lossproof.register.projection.rules import InForce
from lossproof.register.store import the_ledger
from lossproof.register.web.translating import translated

SHOWN = 50
_DRAWN = 400
_GRADES = tuple(Grade)
UNPROVEN = frozenset(
    {
        "no_evidence",
        "stale",
        "imported_only",
        "claimed_only",
        "grade_too_low",
        "withdrawn",
        "newer_word_disagrees",
        "os_disagrees",
    }
)
"""Reasons that a new check answers."""
_SEEN = frozenset({"evidence", "contents"})

ASKERS = ("governance_lead", "it", "staff", "contractor")


class Moment(NamedTuple):
    """What is shown: as of `at` (UTC epoch seconds), by the first `size` leaves, which were known at `known`."""

    at: int
    known: int | None
    size: int
    past: bool


@everybody
def device(request: HttpRequest, device: str) -> HttpResponse:
    """One device."""
    ledger, seen = the_ledger(), scope(request)
    now = up_to_date(ledger)
    found = listed_device(request, ledger, device)
    form = AsOfForm(request.GET)
    if request.GET:
        limit(request, "device_as_of")
    with ledger.database.snapshot():
        first = queries.first_known(ledger.database, found.device) or now
        shown = _moment(ledger, form, first, now)
        moments = _moments(ledger, found, shown, first)
        rules = rules_in_force(ledger.database, shown.at, shown.size)
        context = {
            **_who(request, ledger, seen, found),
            **_standing(ledger, seen, found, shown, moments, rules),
            **_history(ledger, seen, found, shown, first, moments, rules.compiled),
            "form": form,
            "shown": shown,
            "first": first,
            "now": now,
            "position": _position(shown, first, now),
        }
        if not shown.past:
            context |= _open(ledger, seen, found, now)
    return render(request, "devices/device.html", context)


def _moment(ledger: Ledger, form: AsOfForm, first: int, now: int) -> Moment:
    """The moment that was asked for; now where it was not, or cannot be read."""
    form.is_valid()
    typed = form.cleaned_data
    at, known, position = typed.get("at"), typed.get("known"), typed.get("position")
    if at is None and position is not None and position < 100:
        at = datetime.fromtimestamp(first + (now - first) * position // 100, UTC)
    wanted = now if at is None else min(now, int(at.timestamp()))
    if known is None:
        return Moment(wanted, None, ledger.reader.size, at is not None)
    size = known_leaves(ledger.reader, moment_of(known.astimezone(UTC).isoformat(timespec="seconds")))
    return Moment(wanted, int(known.timestamp()), size, True)


def _moments(ledger: Ledger, found: Listed, shown: Moment, first: int) -> Moments:
    """The device at each moment that is shown or drawn, as known then. What is so now is what is known."""
    since = timeline.begins(first, max(shown.at, first + 1))
    until = shown.at if shown.past else ALWAYS
    return Moments(ledger.database, ledger.log, found.device, shown.size, min(since, shown.at), until)


def _position(shown: Moment, first: int, now: int) -> int:
    return 100 if now <= first else max(0, min(100, (shown.at - first) * 100 // (now - first)))


def _who(request: HttpRequest, ledger: Ledger, seen: Scope, found: Listed) -> dict[str, Any]:
    """The device's names, and what the person who asks may do with it."""
    names = named.called(ledger, [found.subject])[found.subject]
    account = account_of(request)
    registered = ledger.projection.device(found.subject)
    listed = [] if registered is None else identifiers(ledger, registered)
    return {
        "device": found,
        "name": names.text(found.subject),
        "kind": KINDS[found.kind],
        "organisation": named.organisations(ledger).get(found.organisation, found.organisation[:8]),
        "identifiers": [{**one, "words": SCHEMES.get(str(one["scheme"]), one["scheme"])} for one in listed],
        "may_keep": account.has(*KEEPERS) and not found.ended,
        "audits": account.has(*READERS),
        "may_allow": account.has("governance_lead") and not found.ended,
        "may_ask": account.has(*ASKERS) and not found.ended,
        "may_count": not seen.own_only,
        "is_mine": found.holder == account.id,
        **({} if seen.own_only else _same(ledger, seen, found)),
    }


def _same(ledger: Ledger, seen: Scope, found: Listed) -> dict[str, Any]:
    """The record that this one was merged into, and those that were merged into it, with what they are called: those that may be
    seen, since a record can become another organisation's after a merge."""
    into = merged.merged_into(ledger, found.device) if found.ended else None
    others = merged.merged_with(ledger, found.device)
    known = queries.some(ledger.database, [*others, *([into] if into else [])])
    allowed = [one.subject for one in known if seen.sees(one.organisation)]
    names = named.called(ledger, allowed)
    shown = {one: {"subject": one, "name": names[one].text(one)} for one in allowed}
    return {"merged_with": [shown[one] for one in others if one in shown], "merged_into": shown.get(into or "")}


def _standing(
    ledger: Ledger, seen: Scope, found: Listed, shown: Moment, moments: Moments, rules: InForce
) -> dict[str, Any]:
    """The answer: as it is kept now, or decided anew for the past."""
    state = moments.at(shown.at if shown.past else ALWAYS)
    if not shown.past:
        verdict = queries.verdict(ledger.database, found.device)
    else:
        verdict = None if state is None else decide(rules.compiled, state, shown.at)
    if verdict is None or state is None:
        return {"verdict": None}
    custody = state.custody
    where = CustodyState.IN_STOCK if custody is None else custody.state
    people = named.people_for(seen, [custody.holder if custody else None])
    return {
        "verdict": verdict,
        "standing": STANDINGS[verdict.standing],
        "sentence": (PAST_SENTENCES if shown.past else STANDING_SENTENCES)[verdict.standing],
        "reasons": [translated(one.text) for one in verdict.reasons],
        "next": _next_steps(rules.compiled, verdict, custody),
        "to_check": not shown.past and any(one.code in UNPROVEN for one in verdict.reasons),
        "address": told().public_url,
        "rules_version": rules.version,
        "state": NOT_RECORDED if custody is None else STATES[where],
        "custody": custody,
        "holder": people.get(custody.holder or "", "") if custody else "",
        "events": [] if shown.past else _possible(where),
        "checked": max((one.true_at for one in state.evidence if not one.void), default=None),
        "counted": any(not one.void for one in state.contents),
        "exemptions": _exemptions(ledger, seen, state, shown),
    }


def _next_steps(rules: Compiled, verdict: Verdict, custody: CustodyNow | None) -> list[str]:
    """What the broken rules say is to be done; but first of all a check, where all that is missing is proof."""
    if verdict.compliant:
        return []
    unproven = {one.rule for one in verdict.reasons if one.code in UNPROVEN}
    broken = {one.rule for one in verdict.reasons} - unproven - _kept(verdict)
    steps = [_("Plug it in and check it")] if unproven else []
    for rule in rules.rules.rules:
        if rule.id in broken and custody is None and any(name == "holder_known" for name, _value in rule.require):
            steps.append(_("Say that you have seen it, or hand it over: nobody has recorded where it is"))
        elif rule.id in broken:
            steps.append(translated(rule.say))
    return list(dict.fromkeys(steps))


def _kept(verdict: Verdict) -> set[str]:
    """The rules about encryption whose reasons say that the data is encrypted, and nothing that weighs against it."""
    weighty = {
        one.rule for one in verdict.reasons if one.code not in MEANINGS or MEANINGS[one.code].effect > Effect.NOTE
    }
    return {one.rule for one in verdict.reasons if one.code == "encrypted"} - weighty


def _possible(state: CustodyState) -> list[CustodyEvent]:
    """The events that may happen to a device in this state, as the table has them."""
    return [event for event, (before, _) in TABLE.items() if state in before]


def _exemptions(ledger: Ledger, seen: Scope, state: DeviceState, shown: Moment) -> list[dict[str, Any]]:
    held = [one for one in state.exemptions if one.until > shown.at]
    approvers = named.people_for(seen, (one.approver for one in held))
    homes = named.organisations(ledger) if held else {}
    return [
        {
            "id": one.id,
            "until": one.until,
            "approver": approvers[one.approver],
            "organisation": homes.get(one.organisation, one.organisation[:8]),
        }
        for one in held
    ]


def _open(ledger: Ledger, seen: Scope, found: Listed, now: int) -> dict[str, Any]:
    """What waits for somebody: requests with their clocks, and an offer."""
    requests = queries.open_requests(ledger.database, found.device)
    offer = queries.open_offer(ledger.database, found.device) if found.custody == CustodyState.OFFERED else None
    names = named.people_for(seen, [*(one.by for one in requests), offer.to if offer else None])
    return {
        "requests": [
            {
                "request": one.request,
                "words": ASKS[one.ask],
                "by": names.get(one.by or "", ""),
                "true_at": one.true_at,
                "due_at": one.due_at,
                "late": one.due_at < now,
            }
            for one in requests
        ],
        "offer": offer,
        "offered_to": names.get(offer.to or "", "") if offer else "",
    }


def _history(
    ledger: Ledger, seen: Scope, found: Listed, shown: Moment, first: int, moments: Moments, rules: Compiled
) -> dict[str, Any]:
    """The time line drawn, and the newest facts in words."""
    as_of = AsOf(shown.at, shown.size)
    happened = queries.history(ledger.database, ledger.log.number, found.device, as_of, _DRAWN)

    def ask(at: int) -> Verdict | None:
        state = moments.at(at)
        return None if state is None else decide(rules, state, at)

    drawn = timeline.strip(happened, first, max(shown.at, first + 1), shown.size, ask)
    newest = happened[:SHOWN]
    names = named.people_for(
        seen, (person for one in newest for person in (one.by, one.to if one.table == "custody" else None))
    )
    registered = queries.signers(
        ledger.database, ledger.log.number, [one.leaf for one in newest if one.table == "registration"]
    )
    keys = {*registered.values(), *(one.to for one in newest if one.table in _SEEN and one.to)}
    machines = _machines(keys)
    return {
        "strip": drawn,
        "standing_words": STANDINGS,
        "state_words": STATES | {timeline.NOT_RECORDED: NOT_RECORDED},
        "history": [_row(one, found, names, machines, registered, shown.size) for one in newest],
        "more_history": len(happened) > SHOWN,
    }


def _machines(keys: set[str]) -> dict[str, str]:
    """Whose keys these are: the register's, a machine's by what people call it, else by the beginning of its fingerprint."""
    labels, ours = named.keys(keys), told().register_key
    words = {key: labels.get(key) or f"{WHAT['key']} {key[:8]}" for key in keys}
    return words if ours is None else words | {ours.keyid: str(WHAT["register"])}


def _row(
    one: Happening,
    found: Listed,
    names: dict[str, str],
    machines: dict[str, str],
    registered: dict[int, str],
    size: int,
) -> dict[str, Any]:
    """One fact in words: what, the details, by whom."""
    details: list[str] = []
    what = ""
    by = names.get(one.by or "", "")
    match one.table:
        case "custody":
            what = str(EVENTS[one.what])
            if one.to and one.what != CustodyEvent.ACCEPTED:
                details.append(names.get(one.to, ""))
            if one.detail:
                details.append(str(CUSTODY_REASONS[one.detail]))
            by = f"{by}, {KNOWN_BY[one.more or '']}" if by else str(KNOWN_BY[one.more or ""])
        case "evidence":
            what = str(WHAT["evidence"])
            details.append(str(GRADES[_GRADES[one.number or 0]]))
        case "contents":
            what = str(WHAT["contents"])
            details.append(str(GRADES[_GRADES[one.number or 0]]))
        case "request":
            what = str(ASKED[one.what])
            if one.detail:
                details.append(str(OUTCOMES[one.detail]))
        case "exemption":
            what = str(WHAT[f"exemption_{one.what}"])
            if one.detail:
                details.append(str(EXEMPTIONS[one.detail]))
        case "registration":
            # Devices are numbered by the leaf that first spoke of them.
            again = one.what == "registered" and one.leaf != found.device
            what = str(WHAT["changed" if again else one.what])
            by = machines.get(registered.get(one.leaf, ""), "")
    if not by and one.table in _SEEN:
        by = machines.get(one.to or "", "")
    withdrawn = one.withdrawn is not None and one.withdrawn < size
    return {"what": what, "details": details, "by": by, "at": one.true_at, "signed": one.text, "withdrawn": withdrawn}
