"""What allauth asks of us: nobody signs up, secrets of second factors are encrypted at rest, other providers open old accounts."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import Fernet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from lossproof.register.accounts.here import here
from lossproof.register.options import told


class Accounts(DefaultAccountAdapter):
    """Accounts are made by IT, never by whoever comes along; no e-mail is sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **login: Any) -> Any:
        """Refuse whoever has ended, or whose organisation has, by whatever way they come."""
        user.is_active = here(user.pk) is not None
        return super().pre_login(request, user, **login)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent in this storey: a link to set a password is handed over by IT."""


class SignOns(DefaultSocialAccountAdapter):
    """Another provider may log in people who have an account; it makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse a token that the provider which was set up has not issued, or that does not say for sure whose it is; and whoever
        would tie an identity to the account that they are in: whoever once learnt its password would come in by it for good, past
        the second factor and past what a governance lead takes off.

        Specification: OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2; Discovery 1.0, 4.3: the issuer is the one that was configured,
        whatever the document at its address says.
        """
        said = sociallogin.account.extra_data
        token = said.get("id_token") or {}
        about = said.get("userinfo") or token
        configured = sociallogin.provider.app.settings["server_url"]
        if (
            sociallogin.state.get("process") != AuthProcess.LOGIN
            or str(token.get("iss", "")).rstrip("/") != configured.rstrip("/")
            or about.get("sub") != token.get("sub")
            or str(about.get("email_verified")).lower() != "true"
        ):
            raise ImmediateHttpResponse(redirect("socialaccount_login_error"))


class SecondFactors(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are encrypted under the register's session secret, which is not in the
    store: a copy of the store alone does not pass a second factor."""

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002  allauth's name
        """What a new passkey is called until its owner says otherwise."""
        return _("My device")

    def encrypt(self, text: str) -> str:
        """What is stored."""
        return _box().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """What was stored."""
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    digest = hashlib.sha256(b"lossproof second factors\n" + told().secret.reveal().encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
