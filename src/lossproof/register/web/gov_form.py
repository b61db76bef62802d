"""Django's forms as GOV.UK Frontend's components: one renderer for every form, allauth's included.

A form's page is three lines: `{% from "web/forms.html" import error_summary, form_of with context %}`, the summary at the top,
`form_of(form, _("Save"))`. Labels, hints (`help_text`) and errors come from the form; a widget's `attrs` may hold `classes`
(such as `govuk-input--width-10`), `autocomplete`, `inputmode`, and `rows`. Fields need no JavaScript, and errors come from the
server.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext as _


class Component(NamedTuple):
    """A macro's short name (`input` for `govukInput`) and what it takes."""

    macro: str
    params: dict[str, Any]


_PASSED_ON = (
    "autocomplete",
    "inputmode",
    "spellcheck",
    "autocapitalize",
    "accept",
    "maxlength",
    "readonly",
    "autofocus",
)


def gov_field(bound: BoundField) -> Component:
    """The component of one field, with its value, hint and error."""
    widget = bound.field.widget
    params = _common(bound)
    if isinstance(widget, forms.CheckboxInput):
        return Component("checkboxes", _one_box(bound, params))
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return Component("checkboxes", _choices(bound, params))
    if isinstance(widget, forms.RadioSelect):
        return Component("radios", _choices(bound, params))
    if isinstance(widget, forms.Select):
        items = [_item(value, label, bound, "selected") for value, label in _flat(widget.choices)]
        return Component("select", {**params, "items": items})
    if isinstance(widget, forms.FileInput):
        return Component("file", params)
    params["value"] = _text(bound)
    if isinstance(widget, forms.Textarea):
        return Component("textarea", {**params, "rows": str(widget.attrs.get("rows", 5))})
    if isinstance(widget, forms.PasswordInput):
        return Component("password", {**params, **_password_words(), "value": ""})
    kind = {forms.EmailInput: "email", forms.NumberInput: "number", forms.DateInput: "date"}.get(type(widget), "text")
    if kind == "number":
        # A number input cannot be read out and loses digits: GOV.UK advises text with inputmode.
        kind, params["inputmode"] = "text", "numeric"
    return Component("input", {**params, "type": str(widget.attrs.get("type", kind))})


def gov_errors(form: forms.BaseForm) -> list[dict[str, str]]:
    """What `govukErrorSummary` lists: every error, with a link to its field."""
    listed = [{"text": str(error)} for error in form.non_field_errors()]
    for bound in form.visible_fields():
        listed += [{"text": str(error), "href": f"#{bound.auto_id}"} for error in bound.errors]
    for bound in form.hidden_fields():
        listed += [{"text": str(error)} for error in bound.errors]
    return listed


def _common(bound: BoundField) -> dict[str, Any]:
    attrs = bound.field.widget.attrs
    label = str(bound.label) if bound.field.required or not _marks_optional(bound) else _optional(str(bound.label))
    params: dict[str, Any] = {
        "id": bound.auto_id,
        "name": bound.html_name,
        "label": {"text": label, "classes": attrs.get("label_classes", "")},
        "classes": attrs.get("classes", ""),
        "attributes": {name: str(attrs[name]) for name in _PASSED_ON if attrs.get(name) not in (None, False)},
    }
    for name in ("autocomplete", "inputmode", "spellcheck"):
        # Those that macros have parameters for must not stand twice.
        if name in params["attributes"]:
            params[name] = params["attributes"].pop(name)
    if bound.help_text:
        # A help text of Django's own validators is a list of sentences in HTML; ours are plain.
        params["hint"] = (
            {"html": str(bound.help_text)} if "<" in str(bound.help_text) else {"text": str(bound.help_text)}
        )
    if bound.errors:
        said = " ".join(str(error) for error in bound.errors)
        params["errorMessage"] = {"text": said, "visuallyHiddenText": _("Error")}
    return params


def _password_words() -> dict[str, str]:
    """What the button beside a password says, and what is announced when it is pressed."""
    return {
        "showPasswordText": _("Show"),
        "hidePasswordText": _("Hide"),
        "showPasswordAriaLabelText": _("Show password"),
        "hidePasswordAriaLabelText": _("Hide password"),
        "passwordShownAnnouncementText": _("Your password is visible"),
        "passwordHiddenAnnouncementText": _("Your password is hidden"),
    }


def _marks_optional(bound: BoundField) -> bool:
    return not isinstance(bound.field.widget, forms.CheckboxInput | forms.CheckboxSelectMultiple)


def _optional(label: str) -> str:
    return _("%(label)s (optional)") % {"label": label}


def _text(bound: BoundField) -> str:
    value = bound.value()
    shown = bound.field.widget.format_value(value)
    return "" if shown is None else str(shown)


def _one_box(bound: BoundField, params: dict[str, Any]) -> dict[str, Any]:
    """One box that says its own label."""
    item = {"value": "on", "text": params["label"]["text"], "checked": bool(bound.value()), "id": params["id"]}
    if "hint" in params:
        item["hint"] = params["hint"]
    kept: dict[str, Any] = {name: params[name] for name in ("name", "classes", "errorMessage") if name in params}
    return {**kept, "idPrefix": params["id"], "items": [item]}


def _choices(bound: BoundField, params: dict[str, Any]) -> dict[str, Any]:
    """Radios or boxes under a legend."""
    widget = bound.field.widget
    assert isinstance(widget, ChoiceWidget)  # noqa: S101  for the type checker
    legend = {
        "text": params["label"]["text"],
        "classes": widget.attrs.get("legend_classes", "govuk-fieldset__legend--s"),
    }
    kept: dict[str, Any] = {
        name: params[name] for name in ("name", "classes", "hint", "errorMessage") if name in params
    }
    items = [_item(value, label, bound, "checked") for value, label in _flat(widget.choices)]
    return {**kept, "idPrefix": params["id"], "fieldset": {"legend": legend}, "items": items}


def _item(value: Any, label: Any, bound: BoundField, mark: str) -> dict[str, Any]:
    chosen = bound.value()
    several = chosen if isinstance(chosen, list | tuple | set | frozenset) else [chosen]
    here = str(value) in {"" if one is None else str(one) for one in several}
    item: dict[str, Any] = {"value": str(value), "text": str(label), mark: here}
    hints = bound.field.widget.attrs.get("hints", {})
    if value in hints:
        item["hint"] = {"text": str(hints[value])}
    return item


def _flat(choices: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Choices without their groups."""
    flat: list[tuple[Any, Any]] = []
    for value, label in choices:
        flat += label if isinstance(label, list | tuple) else [(value, label)]
    return flat
