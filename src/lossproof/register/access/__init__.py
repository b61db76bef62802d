"""Who looked at whose contents: a row a look, written before the page is shown."""

from __future__ import annotations


def note(person: str, device: str) -> None:
    """Note that a person (by random id) was shown what a device holds. Raises where it cannot be noted: then nothing is shown."""
    from lossproof.register.access.models import Look

    Look.objects.create(person=person, device=device)
