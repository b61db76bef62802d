"""What the writers of files fill: the stick's files, and beside them a note of everybody who stands in each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from lossproof.sample.people import Person, Population
from lossproof.sample.stream import Stream
from lossproof.sample.truth import Mention


@dataclass(slots=True, kw_only=True)
class Filling:
    """Files by their path on the stick (with `/`), and the truth so far. Writers add to it; nothing is ever taken
    out."""

    seed: int
    population: Population
    files: dict[str, bytes] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)
    not_examined: dict[str, str] = field(default_factory=dict)
    without_people: list[str] = field(default_factory=list)
    relatives: int = 0

    def stream(self, name: str) -> Stream:
        """The stream of chance of one file or group of files."""
        return Stream(self.seed, name)

    def relative_number(self) -> int:
        """The number of the next made-up relative; those of the population are far below."""
        self.relatives += 1
        return 10_000_000 + self.relatives

    def note(
        self,
        file: str,
        person: Person,
        *,
        inside: str = "",
        surname: str = "",
        forename: str = "",
        born: date | None = None,
        health: bool = False,
        criminal_offence: bool = False,
        **identifiers: str,
    ) -> None:
        """Note that `person` stands in `file`, with what stands there; identifiers in their canonical form, empty ones
        left out."""
        self.mentions.append(
            Mention(
                file=file,
                inside=inside,
                person=person.number,
                surname=surname,
                forename=forename,
                born=born,
                identifiers=tuple((kind, value) for kind, value in identifiers.items() if value),
                health=health,
                criminal_offence=criminal_offence,
            )
        )

    def name_only(self, file: str, person: Person, *, inside: str = "", phone: str = "", email: str = "") -> None:
        """Note a bare full name: a signatory, a next of kin, the addressee of a mail."""
        self.note(
            file, person, inside=inside, surname=person.surname, forename=person.forename, phone=phone, email=email
        )


def table(rows: Iterable[Sequence[object]], *, delimiter: str = ",", quote_all: bool = False) -> str:
    """Rows as delimited text with CR LF, quoted where needed or everywhere."""
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    )
    writer.writerows(rows)
    return out.getvalue()
