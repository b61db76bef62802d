"""What a column heading or a label in a form means: one role a heading.

A role is the name of an identifier, a `category:` with its name, or one of: `surname`, `forename`, `name` (a whole name),
`other_name` (somebody other than the person the row is about: a doctor, next of kin), `address`, `local` (a number that means
something only within its source, such as a hospital number), `sort_code`, `account`, `other` (recognised, and of no use), or
an empty string where the heading says nothing.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from lossproof.discover import categories, engine, names

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LONGEST = 60
_NOT_WORD = re.compile(r"[^a-z0-9]+")

_OTHERS = re.compile(
    r"\b(nok|kin|gp|consultant|clinician|doctor|dr|referrer|referring|referred by|key ?worker|officer|supervisor|manager|nurse|carer|"
    r"guardian|parent|mother|father|emergency|solicitor|author|signed|entered|updated|created|reviewed|seen by|practitioner|case "
    r"?worker|social worker|midwife|therapist|surgeon|lead|next of kin|spouse|partner|line manager|recorded by|assessor|interpreter)\b"
)
_PATTERNS = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\bnhs\b", "nhs_number"),
        (r"\bchi (no|num|number)\b|^chi$", "chi_number"),
        (r"\b(ni|nat ins|national ins\w*|n i) (no|num|number)\b|\bnino\b", "nino"),
        (r"\bpnc\b", "pnc_id"),
        (r"\bcro\b", "cro_number"),
        (r"\b(prison|prisoner|noms|nomis|nomi)\b.*\b(no|num|number|id)\b|\bnoms\b|\bnomis\b", "prison_number"),
        (r"\bpassport\b", "passport"),
        (r"\b(driving|driver|drivers|driver s) (licence|license)\b|\blicence (no|number)\b", "driving_licence"),
        (r"\b(d ?o ?b|birth|born|birthdate|birthday|dateofbirth)\b|\bdob", "date_of_birth"),
        (r"\bpost ?code\b|\bpcode\b|\bpostal code\b|\bzip\b", "postcode"),
        (r"\be ?mails?\b", "email"),
        (r"\b(tel|telephone|phone|mobile|mob|landline|cell|contact (no|num|number|tel))\b|\btel(no|ephone)", "phone"),
        (r"\biban\b", "iban"),
        (r"\b(card|pan) (no|num|number)\b", "payment_card"),
        (r"\bsort ?code\b", "sort_code"),
        (r"\b(account|acc|acct) (no|num|number)\b", "account"),
        (r"\b(utr|unique taxpayer\w*|tax (ref|reference))\b", "utr"),
        (
            r"\b(hosp|hospital|mrn|casenote|case ?note|pas|medical record)\b.*\b(no|num|number|id|ref)\b|\bmrn\b",
            "local",
        ),
        (r"\b(surname|last ?name|family ?name)\b", "surname"),
        (r"\b(forenames?|first ?names?|given ?names?|christian names?)\b", "forename"),
        (r"\baddress\b|\baddr\b", "address"),
    )
)
_HINT = re.compile(
    r"nhs|chi\b|\bn ?i\b|nat|nino|pnc|cro\b|prison|nom|passport|driv|licen|birth|d ?o ?b|born|post|pcode|zip|mail|tel|phone|mob|landline|"
    r"cell|contact|iban|card|pan\b|sort|acc|utr|tax|hosp|mrn|case|pas\b|medical|surname|last|family|forename|first|given|christian|addr"
)
"""Every pattern above has one of these in it: most texts that are asked about have none."""
_SURNAME = re.compile(r"\b(sur ?names?|last ?names?|family ?names?|last)\b")
_FORENAME = re.compile(r"\b(fore ?names?|first ?names?|given ?names?|christian ?names?|first|given|initials?)\b")
_NAME_WORD = re.compile(r"\bnames?$|^names?\b|\bname\b")
_RELATIVES = re.compile(
    r"\b(mothers?|mum|fathers?|dad|parents?|guardians?|carers?|partners?|spouse|husband|wife|siblings?|next of kin|nok|kin|"
    r"emergency contacts?|victims?|complainants?|perpetrators?|witness(es)?)\b"
)
_NOT_A_PERSON = re.compile(
    r"\b(file|user|ward|drug|trust|gp|practice|hospital|site|clinic|team|company|product|item|course|school|host|server|domain|event|"
    r"test|room|street|road|town|prison|establishment|organisation|org|department|dept|service|unit|bank|account|sheet|table|"
    r"column|field|project|supplier|vendor|brand|venue|building|device|computer|login|process|class)\b"
)


def normal(heading: str) -> str:
    """Lower case, words apart (camel case too), letters and digits only."""
    return _NOT_WORD.sub(" ", _CAMEL.sub(" ", heading.strip()[:120]).lower().replace("'", "")).strip()


def _lines(lexicon: str) -> list[str]:
    lines = (names.LEXICONS / lexicon).read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


@cache
def _subject_words() -> frozenset[str]:
    return frozenset(word for line in _lines("subject_words.txt") for word in line.split())


@cache
def _known() -> dict[str, str]:
    known: dict[str, str] = {}
    for line in _lines("headings.txt"):
        meaning, _, words = line.partition(":")
        known.update((word.strip(), meaning) for word in words.split(","))
    for category in categories.all_categories():
        known.update(dict.fromkeys(category.HEADERS, f"category:{category.NAME}"))
    for identifier in engine.identifiers().values():
        if identifier.NAME != "bank_account":
            known.update(dict.fromkeys(identifier.HEADERS, identifier.NAME))
    return known


@lru_cache(maxsize=4096)
def role(heading: str) -> str:
    """The role of a heading as written; see the module."""
    text = normal(heading)
    if not text or len(text) > _LONGEST or text.isdigit():
        return ""
    if _OTHERS.search(text):
        named = _NAME_WORD.search(text) or not re.search(r"\b(no|number|code|id|tel|phone|date|e?mail)\b", text)
        return "other_name" if named else "other"
    if _SURNAME.search(text) and _FORENAME.search(text):
        return "name"
    if re.match(r"(\w+ )?names? ", text) and re.search(r"\b(dob|d o b|birth|nhs|chi)\b", text):
        return "name"  # a cell with several facts: whoever reads it takes the others too
    known = _known()
    bare = " ".join(word for word in text.split() if word not in _subject_words())
    for form in (text, bare, bare.replace(" ", "")):
        if form in known:
            return known[form]
    if _HINT.search(text):
        for pattern, name in _PATTERNS:
            if pattern.search(text):
                return name
    return "name" if _NAME_WORD.search(bare) and not _NOT_A_PERSON.search(text) else ""


def whose(heading: str) -> tuple[str, str]:
    """Whose the values of a table's column are, and their role: `Mother NHS No` is ("mother", "nhs_number").

    Whose is an empty string for the person that the row is about. Professionals stay `other_name` or `other` and of that person.
    """
    text = normal(heading)
    relative = _RELATIVES.search(text) if len(text) <= _LONGEST else None
    if relative is None:
        return "", role(heading)
    rest = role(f"{text[: relative.start()]} {text[relative.end() :]}")
    return relative.group(), rest if rest not in {"", "other"} or re.search(
        r"\b(no|number|code|id|date)\b", text
    ) else "name"


def surname_first(heading: str) -> bool | None:
    """The order of a whole name that a heading states, such as `Client (Surname, First)`, or None."""
    surname, forename = _SURNAME.search(normal(heading)), _FORENAME.search(normal(heading))
    return surname.start() < forename.start() if surname and forename else None
