"""What allauth asks of us: nobody signs up, secrets of second factors are encrypted at rest, other providers open old accounts."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from lossproof.register.options import told


class Accounts(DefaultAccountAdapter):
    """Accounts are made by IT, never by whoever comes along; no e-mail is sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing is sent in this storey: a link to set a password is handed over by IT."""


class SignOns(DefaultSocialAccountAdapter):
    """Another provider may log in people who have an account; it makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never."""
        return False


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
