"""Who logs in. The one place where names and e-mail addresses stand: erasable rows, keyed by the random person id that facts hold."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lossproof.model.fact import Duty

LINK_HOURS = 72


def new_id() -> str:
    """128 random bits in hexadecimal, as facts name people."""
    return secrets.token_hex(16)


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account with this e-mail address. Raises `Account.DoesNotExist`."""
        return self.get(email=(username or "").lower())


class Account(AbstractBaseUser):
    """A person of an organisation. `duties` are words of `model.fact.Duty`, sorted, parted by spaces; `email` is lower case, and
    None once the row was erased. Made and changed by `acts`, so that the log says the same."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True, null=True)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(max_length=32, db_index=True)
    duties = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the e-mail address in lower case: one person, one account."""
        self.email = self.email.lower() if self.email else None
        super().save(*args, **kwargs)

    @property
    def duty_set(self) -> frozenset[Duty]:
        """What the person does there."""
        return frozenset(Duty(word) for word in self.duties.split())

    def has(self, *duties: str) -> bool:
        """Whether the person has one of these duties."""
        return not self.duty_set.isdisjoint(duties)

    def end(self, at: datetime) -> None:
        """Let nobody sign in by it from then on; sessions end with the password that they began with."""
        self.is_active, self.ended_at = False, at
        self.version += 1
        self.set_unusable_password()
        self.save()

    def __str__(self) -> str:
        return self.name or self.id


class OneTimeLink(models.Model):
    """A link by which a person sets the password of an account, once. The token itself is kept nowhere."""

    digest = models.CharField(primary_key=True, max_length=64)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    made_by = models.CharField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    @property
    def open(self) -> bool:
        """Whether it may still be used."""
        return self.used_at is None and timezone.now() < self.expires_at

    @staticmethod
    def expiry() -> Any:
        """When a link made now ends."""
        return timezone.now() + timedelta(hours=LINK_HOURS)

    def __str__(self) -> str:
        return f"link of {self.account_id}"


class Setting(models.Model):
    """What a governance lead has set for the whole register; where there is no row, it is as shipped."""

    name = models.CharField(primary_key=True, max_length=40)
    value = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name
