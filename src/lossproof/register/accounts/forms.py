"""What people type about people."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lossproof.model.fact import Duty, Relation
from lossproof.register.accounts.duties import DUTIES_IN
from lossproof.register.accounts.models import Account
from lossproof.register.web.errors import in_words

DUTY_WORDS = {
    Duty.GOVERNANCE_LEAD: _("Information governance lead"),
    Duty.IT: _("IT"),
    Duty.STAFF: _("Staff"),
    Duty.CONTRACTOR: _("Contractor"),
    Duty.AUDITOR: _("Auditor"),
    Duty.REGULATOR: _("Regulator"),
}
RELATION_WORDS = {
    Relation.CONTROLLER: _("Us (the controller)"),
    Relation.PROCESSOR: _("Contractor (a processor)"),
    Relation.AUDITOR: _("Auditor"),
    Relation.REGULATOR: _("Regulator"),
}


def _name(label: Any, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=120,
        error_messages={"required": _("Enter a name")},
        widget=forms.TextInput(attrs={"classes": "govuk-input--width-20", **attrs}),
    )


def _email() -> forms.EmailField:
    return forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Enter an e-mail address"),
            "invalid": _("Enter an e-mail address like name@example.org"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


def _password() -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_(
            "At least 12 characters, and none that many people use. Three words that do not belong together are good."
        ),
        error_messages={"required": _("Enter a password")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class _NewPassword(forms.Form):
    """A form with a `password` that is checked as Django is set up to."""

    def clean_password(self) -> str:
        """The password, if it is good enough for the account that it is for."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.whose())
        return password

    def whose(self) -> Account:
        """The account that it is for, as far as the form knows it."""
        return Account(name=self.cleaned_data.get("name", ""), email=self.cleaned_data.get("email") or None)


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """allauth's, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("What you call it")
        self.fields["name"].required = True
        self.fields["name"].widget.attrs["classes"] = "govuk-input--width-20"
        if "passwordless" in self.fields:
            self.fields["passwordless"].label = _("Sign in with it alone, without the password")
            self.fields["passwordless"].help_text = _("It then asks for your finger, your face or its PIN.")


class WelcomeForm(_NewPassword):
    """The first person of a register, who proves by the code that they see its terminal."""

    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("The one that “lossproof serve” printed when it started."),
        error_messages={"required": _("Enter the code")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "classes": "govuk-input--width-20"}),
    )
    name = _name(_("Your name"), autocomplete="name")
    email = _email()
    password = _password()


class JoinForm(_NewPassword):
    """A new password, by a one-time link."""

    password = _password()

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account = account

    def whose(self) -> Account:
        """The account that the link is for."""
        return self._account


class _DutiesForm(forms.Form):
    """A form with the duties that people of an organisation can have."""

    def __init__(self, *args: Any, relation: Relation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duties"] = forms.MultipleChoiceField(
            label=_("What they do"),
            choices=[(duty.value, DUTY_WORDS[duty]) for duty in DUTIES_IN[relation]],
            error_messages={"required": _("Select at least one")},
            widget=forms.CheckboxSelectMultiple,
        )

    def duties(self) -> list[Duty]:
        """What was chosen."""
        return [Duty(word) for word in self.cleaned_data["duties"]]


class NewPersonForm(_DutiesForm):
    """Somebody who is to have an account."""

    name = _name(_("Name"))
    email = _email()


class PersonForm(_DutiesForm):
    """What can be changed of an account, as it was when the page was opened."""

    name = _name(_("Name"))
    version = forms.IntegerField(widget=forms.HiddenInput)


class SecondFactorForm(forms.Form):
    """Whether a second factor is asked."""

    asked = forms.ChoiceField(
        label=_("Governance leads and IT must have an app or a passkey before they change anything"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        help_text=_(
            "Who has none yet still sees everything, and is led to set one up. "
            "Who signs in by another provider is trusted for what that provider asks."
        ),
        error_messages={"required": _("Select yes or no")},
        widget=forms.RadioSelect,
    )


def add_refusal(form: forms.Form, message: str, hint: str = "") -> None:
    """Show why something was refused above the form."""
    form.add_error(None, ValidationError(in_words(message, hint)))
