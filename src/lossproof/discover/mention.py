"""One record about one person, as a table row, a letter or a sentence gives it: what people are counted from."""

from __future__ import annotations

from typing import NamedTuple


class Mention(NamedTuple):
    """Normalised values of one record; empty where the record has none.

    `strong` holds (kind, canonical value) of validated identifiers that are issued to one person. `local` holds numbers
    that mean something only within their source, such as a hospital number, each prefixed by what names the source.
    `categories` are those that the record itself shows. The values are personal data: they stay in memory.
    """

    surname: str = ""
    forename: str = ""
    born: str = ""
    strong: tuple[tuple[str, str], ...] = ()
    local: tuple[str, ...] = ()
    postcode: str = ""
    phone: str = ""
    email: str = ""
    categories: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it is evidence of a person by itself: a strong identifier, or a surname with a date of birth."""
        return bool(self.strong or self.local or (self.surname and self.born))
