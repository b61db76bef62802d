"""What people choose when they let a new key count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lossproof.model.fact import Role

ROLE_WORDS = {
    Role.AGENT: _("An agent on a computer"),
    Role.INSPECTOR: _("A person who checks devices"),
    Role.IMPORTER: _("A person who imports what other systems report"),
}
_HINTS = {
    Role.AGENT.value: _("It looks at disks by itself, and its key has no passphrase."),
    Role.INSPECTOR.value: _("They run “lossproof check” with “--report-to”. Say below who it is."),
    Role.IMPORTER.value: _("What they bring counts less than a check. Say below who it is."),
}


class NewCodeForm(forms.Form):
    """For whom a code is. `organisations` and `people` are (id, name) of those that may be chosen."""

    role = forms.ChoiceField(
        label=_("Whose key will it be?"),
        choices=[(role.value, words) for role, words in ROLE_WORDS.items()],
        error_messages={"required": _("Select whose key it will be")},
        widget=forms.RadioSelect(attrs={"hints": _HINTS}),
    )
    label = forms.CharField(
        label=_("What do you call it?"),
        max_length=120,
        help_text=_("So that you find it again, such as the asset tag of the computer. It is not recorded for good."),
        error_messages={"required": _("Enter what you call it")},
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "autocomplete": "off"}),
    )
    organisation = forms.ChoiceField(
        label=_("Organisation"), error_messages={"required": _("Select an organisation")}, widget=forms.Select
    )
    person = forms.ChoiceField(
        label=_("Person"),
        required=False,
        help_text=_(
            "Who it is, for the key of a person. For a computer: nobody where IT looks after it, or the person whose laptop it is."
        ),
        widget=forms.Select,
    )

    def __init__(
        self, *args: Any, organisations: Sequence[tuple[str, str]], people: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        chosen = [] if len(organisations) == 1 else [("", _("Choose one"))]
        self.fields["organisation"].choices = [*chosen, *organisations]  # type: ignore[attr-defined]
        self.fields["person"].choices = [("", _("Nobody: a computer of IT")), *people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A key of a person says whose it is."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("role") in {Role.INSPECTOR.value, Role.IMPORTER.value} and not cleaned.get("person"):
            self.add_error("person", _("Select the person whose key it will be"))
        return cleaned
