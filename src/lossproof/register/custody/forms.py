"""What people type when devices change hands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from lossproof.jobs.custody import MOST_DEVICES
from lossproof.ledger.store import Ledger
from lossproof.model.facts.custody import CustodyEvent
from lossproof.register.accounts.models import Account
from lossproof.register.custody import receivers
from lossproof.register.devices import named, queries
from lossproof.register.devices.forms import OWNERS, MomentInput
from lossproof.register.devices.forms import named as field_of
from lossproof.register.devices.words import CUSTODY_REASONS, choices
from lossproof.register.web.errors import in_words
from lossproof.register.web.moment_field import MomentField

GIVEN = ("issued", "loan", "replaced", "repair", "other")
"""Reasons for a hand-over."""
REASONS: dict[CustodyEvent, tuple[str, ...]] = {
    CustodyEvent.RETURNED: ("no_longer_needed", "broken", "leaver", "replaced", "repair", "amnesty", "other"),
    CustodyEvent.MISSING: ("lost", "stolen", "left_behind", "other"),
    CustodyEvent.FOUND: ("found_by_staff", "found_by_public", "other"),
    CustodyEvent.WIPED: ("no_longer_needed", "leaver", "repair", "other"),
    CustodyEvent.DESTROYED: ("end_of_life", "broken", "other"),
}
"""Reasons for what else happens; none where nobody asks."""
DECLINED = ("no_longer_needed", "broken", "other")


class DevicesField(forms.CharField):
    """Devices, one a line: ids, asset tags, serial numbers, or the addresses that scanning their labels gives."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=60_000,
            error_messages={"required": _("Name at least one device")},
            widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
            **kwargs,
        )


class _DevicesForm(forms.Form):
    """A form with devices that the person who asks may see."""

    def __init__(self, *args: Any, ledger: Ledger, sees: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ledger, self._sees = ledger, sees

    def clean_devices(self) -> list[str]:
        """The ids of the devices that were meant."""
        lines = [line.strip() for line in self.cleaned_data["devices"].splitlines() if line.strip()]
        if len(lines) > MOST_DEVICES:
            raise forms.ValidationError(_("Name at most %(most)s devices at a time") % {"most": MOST_DEVICES})
        found: list[str] = []
        for number, line in enumerate(lines, 1):
            found += self._one(number, line)
        return list(dict.fromkeys(found))

    def _one(self, number: int, line: str) -> list[str]:
        listed = queries.some(self._ledger.database, named.meant(self._ledger, line))
        seen = [one.subject for one in listed if not one.ended and self._sees(one.organisation, one.holder)]
        if len(seen) == 1:
            return seen
        said = (
            _("Line %(line)s names more than one device: use its id")
            if seen
            else _("Line %(line)s names no device that is registered")
        )
        self.add_error("devices", str(said) % {"line": number})
        return []


class HandOverForm(_DevicesForm):
    """Devices, and who is to have them."""

    devices = DevicesField(
        label=_("Which devices?"),
        help_text=_("One a line: the asset tag, the serial number, or what scanning its label gives."),
    )
    email = forms.CharField(
        label=_("Who is to have them?"),
        max_length=254,
        help_text=_("Their e-mail address, their name, or a part of it. Nothing is sent."),
        error_messages={"required": _("Enter the name or the e-mail address of who is to have them")},
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    person = forms.ChoiceField(
        label=_("Which of these people?"),
        error_messages={"required": _("Select who is to have them"), "invalid_choice": _("Select who is to have them")},
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("Their name"),
        max_length=120,
        error_messages={
            "required": _("The register does not know this address: enter their name, or correct the address")
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "classes": "govuk-input--width-20"}),
    )
    organisation = forms.ChoiceField(label=_("Their organisation"))
    reason = forms.ChoiceField(label=_("Why?"), choices=choices(CUSTODY_REASONS, *GIVEN), initial="issued")

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "organisation").choices = organisations
        self.receiver: Account | None = None
        typed = str(self.data.get(self.add_prefix("email"), "")).strip()
        is_address = _is_address(typed)
        self._known = Account.objects.filter(email=typed.lower()).first() if is_address else None
        self._meant = [] if is_address or not typed else receivers.meant(typed, [home for home, _name in organisations])
        homes = dict(organisations)
        field_of(self, "person").choices = [
            (one.id, f"{one.name}, {one.email}, {homes[one.organisation]}") for one in self._meant[: receivers.MOST]
        ]
        self._ask(person=bool(self._meant), new=is_address and self._known is None)

    def _ask(self, *, person: bool, new: bool) -> None:
        """Keep of the fields about the receiver only those that are to be filled in."""
        for name, wanted in (("person", person), ("name", new), ("organisation", new)):
            if not wanted:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Know who it is, or be told enough to register them."""
        found = super().clean() or {}
        self.receiver = self._known or next((one for one in self._meant if one.id == found.get("person")), None)
        if len(self._meant) > receivers.MOST and self.receiver is None:
            self.add_error("email", _("More people are called that: enter more of their name, or select one below"))
        if found.get("email") and not self._meant and not _is_address(found["email"]):
            self.add_error("email", _("The register knows nobody called that: enter their e-mail address"))
        if self.receiver is not None and not self.receiver.is_active:
            self.add_error("email", _("The account with this address has ended"))
        if self.receiver is not None and self._ledger.projection.relation(self.receiver.organisation) not in OWNERS:
            self.add_error("email", _("Devices are handed to people of your organisation, or of a contractor"))
        return found


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except forms.ValidationError:
        return False
    return True


class ReturnForm(_DevicesForm):
    """Devices that are given back."""

    devices = DevicesField(
        label=_("Which devices did you get back?"),
        help_text=_("One a line: the asset tag, the serial number, or what scanning its label gives."),
    )
    reason = forms.ChoiceField(label=_("Why?"), choices=choices(CUSTODY_REASONS, *REASONS[CustodyEvent.RETURNED]))


class AcceptForm(forms.Form):
    """The tick that is a signature."""

    agreed = forms.BooleanField(
        label=_("I accept these devices on these terms"),
        error_messages={"required": _("Tick the box if you accept them, or say below that you do not")},
    )


class DeclineForm(forms.Form):
    """Why somebody does not take devices."""

    reason = forms.ChoiceField(label=_("Why not?"), choices=choices(CUSTODY_REASONS, *DECLINED), initial="other")


class HappenedForm(forms.Form):
    """What is asked about an event: why, when for a loss, and a tick for what cannot be undone."""

    def __init__(self, *args: Any, event: CustodyEvent, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now
        if event is CustodyEvent.MISSING:
            self.fields["last_had"] = MomentField(
                label=_("When did somebody last have it?"),
                help_text=_("As well as you can say. What was checked after this time does not count for the loss."),
                error_messages={
                    "required": _("Enter when somebody last had it"),
                    "invalid": _("Enter a date and time, such as 2026-11-03T09:00"),
                },
                widget=MomentInput(),
            )
        if event in REASONS:
            self.fields["reason"] = forms.ChoiceField(
                label=_("Why?"), choices=choices(CUSTODY_REASONS, *REASONS[event]), widget=forms.Select
            )
        if event in {CustodyEvent.WIPED, CustodyEvent.DESTROYED}:
            self.fields["done"] = forms.BooleanField(
                label=_("It has been done: I did it, or saw it"),
                error_messages={"required": _("Tick the box when it has been done")},
            )

    def refuse_last_had(self, message: str, hint: str) -> None:
        """Say beside the time why it cannot be so."""
        self.add_error("last_had", in_words(message, hint))

    def clean_last_had(self) -> datetime:
        """A time that is not still to come, and of this century."""
        found: datetime = self.cleaned_data["last_had"]
        if found > self._now:
            raise forms.ValidationError(_("Enter a time that is past"))
        if found.year < 2000:
            raise forms.ValidationError(_("Enter a date of this century"))
        return found
