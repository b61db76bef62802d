"""What people type about organisations."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lossproof.model.fact import Relation
from lossproof.register.accounts.forms import RELATION_WORDS


class OrganisationForm(forms.Form):
    """An organisation that is something to us."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        error_messages={"required": _("Enter a name")},
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", "autocomplete": "off"}),
    )
    relation = forms.ChoiceField(
        label=_("What it is to us"),
        choices=[(one.value, RELATION_WORDS[one]) for one in Relation if one is not Relation.CONTROLLER],
        error_messages={"required": _("Select one")},
        widget=forms.RadioSelect,
    )
