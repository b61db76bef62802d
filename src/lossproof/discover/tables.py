"""People in a table: one mention a row, from what each column holds (`columns`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lossproof.discover import categories, engine, names
from lossproof.discover.columns import WITH_DIGITS, Columns, Grid, birth_date, form_records, heading_row, settle
from lossproof.discover.engine import Hit
from lossproof.discover.findings import Findings
from lossproof.discover.identifiers import bank_account
from lossproof.discover.mention import Mention
from lossproof.discover.people import ISSUED
from lossproof.errors import FormatError

_BESIDE_NAMES = frozenset({"nhs_number", "hc_number", "chi_number", "postcode", "email"})
_FIRST_FACT = re.compile(r"[(\[/\n]|\s-\s|\b(?:d\.?o\.?b|born|nhs|chi|nino?)\b|\d", re.IGNORECASE)
_PERHAPS_SOMEBODY = re.compile(r"\d|[^\W\d_a-z][^\W\d_]+ [^\W\d_a-z]")
_CONTACTS = frozenset({"postcode", "phone", "email"})
_NOTHING = frozenset(
    ["", "n/a", "na", "none", "nil", "no", "not", "known", "unknown", "null", "-", "--", ".", "?", "tbc", "x", "0", "n"]
)


class TableReader:
    """Reads one table, given in one or several pieces; the columns are settled on the first piece."""

    def __init__(self, source: str, header: Sequence[str] | None = None) -> None:
        self._source = source
        self._header = list(header) if header else None
        self._columns: Columns | None = None

    def read(self, rows: list[list[str]], findings: Findings) -> None:
        """Add what the next rows say to `findings`."""
        if self._columns is None and self._header is None:
            form = form_records(rows)
            if form is not None:
                for header, record in form:
                    TableReader(self._source, header).read([record], findings)
                return
            at = heading_row(rows)
            if at is not None:
                self._header, rows = rows[at], rows[at + 1 :]
        grid = Grid(rows)
        if self._columns is None:
            self._columns = settle(self._header, rows, grid)
        for row, hits in zip(rows, grid.hits, strict=True):
            self._row(row, hits, self._columns, findings)

    def _row(self, row: list[str], hits: list[tuple[int, Hit]], columns: Columns, findings: Findings) -> None:
        records = {"": _Record(self._source)}
        by_column: dict[int, list[Hit]] = defaultdict(list)
        for column, hit in hits:
            by_column[column].append(hit)
        for at, cell in enumerate(row):
            role = columns.roles[at] if at < len(columns.roles) else ""
            if cell and (text := cell.strip()):
                whose = columns.whose[at] if at < len(columns.whose) else ""
                records.setdefault(whose, _Record(self._source)).cell(role, text, by_column.get(at, []), columns, at)
        for record in records.values():
            record.close(findings)


@dataclass(slots=True)
class _Record:
    """One row being read."""

    source: str
    surname: str = ""
    forename: str = ""
    born: str = ""
    strong: list[tuple[str, str]] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    contact: dict[str, str] = field(default_factory=dict)
    categories: set[str] = field(default_factory=set)
    others: list[names.PersonName] = field(default_factory=list)
    bank: dict[str, str] = field(default_factory=dict)
    accepted: list[tuple[str, str]] = field(default_factory=list)
    loose: list[Hit] = field(default_factory=list)
    inside: list[Mention] = field(default_factory=list)
    perhaps: bool = False

    def cell(self, role: str, text: str, hits: list[Hit], columns: Columns, at: int) -> None:
        """Take what one filled cell says under its column's role."""
        if role == "surname":
            self.surname = self.surname or names.normalise(" ".join(names.words(text)))
        elif role == "forename":
            first = names.words(text)[:1]
            self.forename = self.forename or (names.normalise(first[0]) if first else "")
        elif role in {"name", "other_name"}:
            self._name(role, text, hits, columns.surname_first.get(at))
        elif role == "date_of_birth":
            self._birth(text, columns.day_first.get(at, True))
        elif role == "local":
            if any(character.isdigit() for character in text) and len(text) <= 20:
                self.local.append(f"{self.source}\x1f{text.upper().replace(' ', '')}")
        elif role in {"sort_code", "account"}:
            self.bank[role] = text
        elif role.startswith("category:"):
            if text.lower().strip(" .") not in _NOTHING:
                self.categories.add(role.removeprefix("category:"))
        elif not role and _is_prose(text):
            self._prose(text)
        elif role != "other":
            self._identifiers(role, text, hits, columns, at)
            if not role and len(text) > 3:
                self.categories.update(_categories(text))
        if role in {"other", "local", "account"} or role.startswith("category:"):
            self._prose(text) if _is_prose(text) else self._identifiers("", text, hits, columns, at)

    def _name(self, role: str, text: str, hits: list[Hit], surname_first: bool | None) -> None:
        if role == "name" and hits:
            text = self._beside_name(text, hits)
        name = names.split(WITH_DIGITS.sub(" ", text), surname_first)
        if name is None:
            return
        if role == "other_name" or self.surname:
            if name.surname and name.forename and role == "other_name":
                self.others.append(name)
        else:
            self.surname, self.forename = name.surname, self.forename or name.forename

    def _beside_name(self, text: str, hits: list[Hit]) -> str:
        """Take what stands in one cell with a name: `Ann Smith (03/04/1950)`, `SMITH Ann / NHS 467 868 3445`; what is left of it."""
        for hit in hits:
            if hit.kind == "date_of_birth" and not self.born:
                self.born = hit.value
                self.accepted.append((hit.kind, hit.value))
            elif hit.kind in _BESIDE_NAMES or (
                engine.identifiers()[hit.kind].STRONG and engine.alone(hit.kind, hit.value, text)
            ):
                self._take(hit)
        return _FIRST_FACT.split(text, maxsplit=1)[0] or text

    def _prose(self, text: str) -> None:
        """Read a cell of running text: what it says of nobody by name is of the row's person, and anybody else is their own."""
        from lossproof.discover import prose  # prose reads tables in text as this reads text in tables

        inner = Findings()
        prose.read(text, self.source, inner)
        for (kind, value), times in inner.identifiers.items():
            self.accepted.extend([(kind, value)] * times)
        self.categories.update(_categories(text))
        self.perhaps |= inner.possible > 0
        for mention in inner.mentions:
            if mention.surname or mention.born:
                self.inside.append(mention)
            else:
                self.strong.extend(
                    number for number in mention.strong if number[0] not in {kind for kind, _ in self.strong}
                )

    def _birth(self, text: str, day_first: bool) -> None:
        born = birth_date(text, day_first)
        if born:
            self.born = self.born or born
            self.accepted.append(("date_of_birth", born))

    def _identifiers(self, role: str, text: str, hits: list[Hit], columns: Columns, at: int) -> None:
        if role in engine.identifiers() and not any(hit.kind == role for hit in hits):
            self._as_headed(role, text)
        for hit in hits:
            if hit.kind == role or (
                hit.kind in {"postcode", "phone", "email"} and role in {"address", "phone", "email"}
            ):
                self._take(hit)
            elif (
                not role
                and hit.kind not in {"phone", "postcode"}
                and (at, hit.kind) not in columns.refused
                and engine.alone(hit.kind, hit.value, text)
            ):
                self.loose.append(hit)
            elif hit.kind in _BESIDE_NAMES and (at, hit.kind) not in columns.refused:
                self.perhaps = True

    def _as_headed(self, role: str, text: str) -> None:
        """A cell in a form that only its column's heading makes plain, such as an old passport number."""
        try:
            self._take(Hit(role, 0, len(text), engine.validate(role, text)))
        except FormatError:
            return

    def _take(self, hit: Hit) -> None:
        self.accepted.append((hit.kind, hit.value))
        identifier = engine.identifiers()[hit.kind]
        if identifier.STRONG:
            self.strong.append((hit.kind, hit.value))
        if hit.kind in _CONTACTS:
            self.contact.setdefault(hit.kind, hit.value)

    def close(self, findings: Findings) -> None:
        """Turn the row into mentions."""
        held = {kind for kind, _ in self.strong}
        for hit in self.loose:
            if hit.kind not in held:
                self._take(hit)
        if len(self.bank) == 2:
            try:
                sort_code = bank_account.sort_code(self.bank["sort_code"], lost_zero=True)
                account = bank_account.account_number(self.bank["account"], lost_zero=True)
                self.accepted.append(("bank_account", f"{sort_code} {account}"))
            except FormatError:
                pass
        for kind, value in self.accepted:
            findings.saw(kind, value)
        own, extra = _one_of_a_kind(self.strong)
        categories_of_ids = {category for kind, _ in self.strong if (category := engine.identifiers()[kind].CATEGORY)}
        findings.add(
            Mention(
                surname=self.surname,
                forename=self.forename,
                born=self.born,
                strong=tuple(own),
                local=tuple(self.local),
                postcode=self.contact.get("postcode", ""),
                phone=self.contact.get("phone", ""),
                email=self.contact.get("email", ""),
                categories=tuple(sorted(self.categories | categories_of_ids)),
            )
        )
        if not (self.surname or own or self.born or self.local) and (self.contact or self.perhaps):
            findings.possible += 1
        for kind, value in extra:
            findings.add(Mention(strong=((kind, value),)))
        for mention in self.inside:
            findings.add(mention)
        for other in self.others:
            findings.add(Mention(surname=other.surname, forename=other.forename))


def _one_of_a_kind(strong: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The numbers of a row that can be one person's, and those that cannot, because one person has one of their kind."""
    own: dict[tuple[str, str], None] = {}
    extra: dict[tuple[str, str], None] = {}
    for kind, value in strong:
        other = kind in ISSUED and any(held == kind and number != value for held, number in own)
        (extra if other else own)[kind, value] = None
    return list(own), list(extra)


def _is_prose(text: str) -> bool:
    """Whether a cell is running text in which somebody may be named: four words or more, and a capital or a digit inside."""
    return len(text) > 14 and text.count(" ") >= 3 and bool(_PERHAPS_SOMEBODY.search(text))


@lru_cache(maxsize=2048)
def _categories(text: str) -> frozenset[str]:
    return frozenset(term.category for term in categories.find_terms(text))
