"""Routes about people, and allauth's under names of ours: no sign-up, no e-mail, no reset but by a link from IT."""

from __future__ import annotations

from allauth.account import views as account_views
from allauth.mfa.webauthn import views as webauthn_views
from allauth.socialaccount import views as social_views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from lossproof.register.accounts import views
from lossproof.register.accounts.duties import everybody, public
from lossproof.register.web.navigation import Entry


@public
def nobody_signs_up(request: HttpRequest) -> HttpResponse:
    """Where allauth would make accounts: it makes none."""
    return redirect("account_login")


@everybody
def security(request: HttpRequest) -> HttpResponse:
    """A short address for one's own password, app and passkeys."""
    return redirect("mfa_index")


@everybody
def no_password(request: HttpRequest) -> HttpResponse:
    """Where allauth would set a first password: those who sign in by another provider have none, unless IT makes a link."""
    messages.info(request, _("You have no password here. Ask IT for a link if you need one."))
    return redirect("mfa_index")


urlpatterns = [
    path("welcome", views.first, name="welcome"),
    path("join/<str:token>", views.join, name="join"),
    path("people", views.people, name="people"),
    path("people/second-factor", views.second_factor, name="second_factor"),
    path("people/in/<str:organisation>/new", views.new_person, name="new_person"),
    path("people/<str:person>", views.person, name="person"),
    path("people/<str:person>/end", views.end_person, name="end_person"),
    path("people/<str:person>/factors", views.forget_factors, name="forget_factors"),
    path("people/<str:person>/link", views.new_link, name="new_link"),
    path("login", account_views.login, name="account_login"),
    path("logout", account_views.logout, name="account_logout"),
    path("login/ended", account_views.account_inactive, name="account_inactive"),
    path("login/again", account_views.reauthenticate, name="account_reauthenticate"),
    path("login/password", account_views.password_change, name="account_change_password"),
    path("login/no-password", no_password, name="account_set_password"),
    path("login/passkey", public(webauthn_views.login_webauthn), name="mfa_login_webauthn"),
    path("login/sign-up", nobody_signs_up, name="account_signup"),
    path("sign-on/sign-up", nobody_signs_up, name="socialaccount_signup"),
    path("sign-on/cancelled", public(social_views.login_cancelled), name="socialaccount_login_cancelled"),
    path("sign-on/error", public(social_views.login_error), name="socialaccount_login_error"),
    path("security", security, name="security"),
    path("security/done", views.own_acts, name="own_acts"),
    path("security/", include("allauth.mfa.urls")),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
]

NAVIGATION = (Entry(order=80, name="people", text=_("People"), duties=frozenset(views.LEADS)),)
