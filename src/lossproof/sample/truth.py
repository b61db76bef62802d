"""The right answers to a sample stick, kept while it is written and counted again at the end.

`distinct_people_core` is how many people are on the stick with a strong identifier, or a surname and a birth date.
`unlinkable_people` is by how many a perfect method must still overstate that, because some people stand in one place
as a bare number and in another as a name, with nothing that joins the two: every answer from core to core + unlinkable
is right. `named_only` people (next of kin, signatories from elsewhere) are not in either.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

STRONG_IDENTIFIERS = frozenset({"nhs_number", "nino", "pnc_id", "cro_number", "prison_number"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place where a person stands: a row of a table, the head of a letter, a line of a list.

    `file` is the path on the stick, with `/`; `inside` names a file within it. `identifiers` are (name, canonical
    value) with the names of the report: `nhs_number` ten digits, `pnc_id` as 1994/8012345K, `postcode` with its space,
    and so on.
    """

    file: str
    inside: str = ""
    person: int
    surname: str = ""
    forename: str = ""
    born: date | None = None
    identifiers: tuple[tuple[str, str], ...] = ()
    health: bool = False
    criminal_offence: bool = False

    @property
    def strong(self) -> bool:
        """Whether this mention alone puts the person into the count."""
        return bool(self.surname and self.born) or any(kind in STRONG_IDENTIFIERS for kind, _ in self.identifiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTruth:
    """What one file holds: how many people are mentioned, and of each identifier how many mentions."""

    path: str
    people: int
    identifiers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The right answers; see the module for what the counts mean."""

    seed: int
    distinct_people_all: int
    distinct_people_core: int
    named_only: int
    unlinkable_people: int
    health_people: int
    criminal_offence_people: int
    distinct_ids: tuple[tuple[str, int], ...]
    files: tuple[FileTruth, ...]
    not_examined: tuple[tuple[str, str], ...]
    files_without_people: tuple[str, ...]
    mentions: tuple[Mention, ...]

    def text(self) -> str:
        """The truth as JSON with a mention a line, ending in a newline. `mentions` is their number, `mention_list`
        themselves."""
        head = {
            "seed": self.seed,
            "generator": "lossproof sample 1",
            "distinct_people_all": self.distinct_people_all,
            "distinct_people_core": self.distinct_people_core,
            "named_only": self.named_only,
            "unlinkable_people": self.unlinkable_people,
            "health_people": self.health_people,
            "criminal_offence_people": self.criminal_offence_people,
            "distinct_ids": dict(self.distinct_ids),
            "note": "every count of people from distinct_people_core to distinct_people_core + unlinkable_people is right",
            "files": {file.path: {"people": file.people, "ids": dict(file.identifiers)} for file in self.files},
            "files_without_people": list(self.files_without_people),
            "not_examined": dict(self.not_examined),
            "mentions": len(self.mentions),
        }
        lines = ",\n".join(json.dumps(_plain(mention), ensure_ascii=False) for mention in self.mentions)
        return f'{json.dumps(head, indent=1, ensure_ascii=False)[:-2]},\n "mention_list": [\n{lines}\n ]\n}}\n'


def settle(
    seed: int, mentions: Iterable[Mention], not_examined: dict[str, str], files_without_people: Iterable[str]
) -> Truth:
    """Count everything that the mentions say."""
    kept = tuple(mentions)
    by_person: defaultdict[int, list[Mention]] = defaultdict(list)
    by_file: defaultdict[str, list[Mention]] = defaultdict(list)
    values: defaultdict[str, set[str]] = defaultdict(set)
    for mention in kept:
        by_person[mention.person].append(mention)
        by_file[mention.file].append(mention)
        for kind, value in mention.identifiers:
            values[kind].add(value)
        if mention.born:
            values["date_of_birth"].add(mention.born.isoformat())
    core = sum(any(mention.strong for mention in of_one) for of_one in by_person.values())
    return Truth(
        seed=seed,
        distinct_people_all=len(by_person),
        distinct_people_core=core,
        named_only=len(by_person) - core,
        unlinkable_people=sum(_pieces(of_one) - 1 for of_one in by_person.values() if any(m.strong for m in of_one)),
        health_people=len({mention.person for mention in kept if mention.health}),
        criminal_offence_people=len({mention.person for mention in kept if mention.criminal_offence}),
        distinct_ids=tuple((kind, len(found)) for kind, found in sorted(values.items())),
        files=tuple(_file_truth(path, found) for path, found in sorted(by_file.items())),
        not_examined=tuple(sorted(not_examined.items())),
        files_without_people=tuple(sorted(files_without_people)),
        mentions=kept,
    )


def _file_truth(path: str, mentions: list[Mention]) -> FileTruth:
    found = Counter(kind for mention in mentions for kind, _ in mention.identifiers)
    found["date_of_birth"] += sum(mention.born is not None for mention in mentions)
    return FileTruth(
        path=path,
        people=len({mention.person for mention in mentions}),
        identifiers=tuple((kind, count) for kind, count in sorted(found.items()) if count),
    )


def _pieces(mentions: list[Mention]) -> int:
    """Into how many groups one person's strong mentions fall when only a shared number or the name joins them."""
    groups: list[tuple[set[str], bool]] = []
    for mention in mentions:
        marks = {f"{kind} {value}" for kind, value in mention.identifiers if kind in STRONG_IDENTIFIERS}
        if mention.surname:
            marks.add("name")
        strong = mention.strong
        apart: list[tuple[set[str], bool]] = []
        for others, other_strong in groups:
            if marks & others:
                marks, strong = marks | others, strong or other_strong
            else:
                apart.append((others, other_strong))
        groups = [*apart, (marks, strong)]
    return sum(strong for _, strong in groups)


def _plain(mention: Mention) -> dict[str, object]:
    record: dict[str, object] = {"file": mention.file, "person": mention.person}
    if mention.inside:
        record["inside"] = mention.inside
    if mention.surname:
        record |= {"surname": mention.surname, "forename": mention.forename}
    if mention.born:
        record["date_of_birth"] = mention.born.isoformat()
    record |= dict(mention.identifiers)
    if mention.health:
        record["health"] = True
    if mention.criminal_offence:
        record["criminal_offence"] = True
    if not mention.strong:
        record["weak"] = True
    return record
