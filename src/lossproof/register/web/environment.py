"""Jinja2 as every page uses it: autoescaped, with GOV.UK Frontend's macros, gettext, and few globals.

`url(name, ...)`, `static(path)`, `gov_field(bound)`, `gov_errors(form)`, `pages(...)`,
`qr_svg(text)`, `sign_ons()`, `language()`, `languages()`; filters `moment`, `day`, `ago`, `number`, `translated`.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from lossproof.register.web import times
from lossproof.register.web.gov_form import gov_errors, gov_field
from lossproof.register.web.lists import pages
from lossproof.register.web.numbers import speak
from lossproof.register.web.qr import qr_svg
from lossproof.register.web.translating import language, languages, translated


def environment(**options: Any) -> Environment:
    """The environment, over the templates of the apps that Django found."""
    macros = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    options["loader"] = ChoiceLoader([options["loader"], macros])
    made = Environment(**options, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])  # noqa: S701  Django passes autoescape
    speak(made)
    made.globals.update(
        url=lambda name, *args, **named: reverse(name, args=args, kwargs=named),
        static=static,
        gov_field=gov_field,
        gov_errors=gov_errors,
        pages=pages,
        qr_svg=qr_svg,
        sign_ons=sign_ons,
        language=language,
        languages=languages,
    )
    made.filters.update(
        moment=times.moment_text, day=times.day_text, ago=times.ago_text, translated=lambda text: translated(str(text))
    )
    return made


def sign_ons() -> list[dict[str, str]]:
    """The other identity providers that people may log in by."""
    providers = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return [{"provider_id": one["provider_id"], "name": one["name"]} for one in providers]
