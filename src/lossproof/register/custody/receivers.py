"""Who somebody means by a name, a part of one, or of an e-mail address: the people who can be handed a device."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from lossproof.register.accounts.models import Account

MOST = 20
"""How many people are offered to choose from."""
_WORDS = 8


def meant(text: str, organisations: Sequence[str]) -> list[Account]:
    """People of these organisations whose name or e-mail address has every word of the text, by name; at most one more than `MOST`."""
    found = Account.objects.filter(is_active=True, organisation__in=organisations).exclude(name="")
    for word in text.split()[:_WORDS]:
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return list(found.order_by("name", "id")[: MOST + 1])
