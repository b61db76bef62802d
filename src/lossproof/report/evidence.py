"""What the answer rests on: reasons, layers, what was not examined, how it was done, and what it does not prove."""

from __future__ import annotations

from collections.abc import Iterable

from lossproof.model.holding import Holding, NotExamined
from lossproof.model.verdict import Verdict
from lossproof.model.volume import Inspection, Layer
from lossproof.report import words
from lossproof.report.answer import on_a_folder
from lossproof.report.markup import Markup, element, name_of_file, together
from lossproof.report.tables import described, disclosure, listed, table
from lossproof.report.text import amount, joined, moment, number, size

_PATHS_OPEN = 12
_ROWS_OPEN = 30


def reasons(verdict: Verdict) -> Markup:
    """Every reason of the verdict, each once."""
    texts = list(dict.fromkeys(reason.text for reason in verdict.reasons))
    return listed(texts) if texts else element("p", "No reason was recorded.")


def layers(inspection: Inspection) -> Markup:
    """Every layer from the outside in, with what its header states, and why it was judged so."""
    rows = [row for place, layer in enumerate(inspection.layers, 1) for row in _layer_rows(layer, str(place))]
    heads = ("Layer", "Where", "Cipher", "Key derivation", "Ways to the key", "State", "Protection")
    caption = "Layers of the medium; 1.2 lies inside 1"
    why = list(_layer_reasons(inspection.layers))
    details = disclosure("Why each layer was judged so", listed(why)) if why else Markup()
    kept = [column for column, head in enumerate(heads) if column == 0 or any(row[column] for row in rows)]
    shown = [tuple(row[column] for column in kept) for row in rows]
    whole = table(caption, [heads[column] for column in kept], shown)
    if len(rows) > _ROWS_OPEN:
        whole = disclosure(f"All {number(len(rows))} layers", whole)
    return together(whole, details)


def not_examined(holding: Holding) -> Markup:
    """Everything that was not, or not wholly, examined, grouped by reason; all of it is listed."""
    if not holding.not_examined:
        return element("p", "Everything that could be read was examined.")
    groups: dict[str, list[NotExamined]] = {}
    for item in holding.not_examined:
        groups.setdefault(words.not_examined(item), []).append(item)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    intro = f"{amount(len(holding.not_examined), 'item')} may hold personal data that nobody has seen."
    return together(element("p", intro), *(_group(reason, items) for reason, items in ordered))


def how(verdict: Verdict, *, made_at: str, tool: str) -> Markup:
    """What was read, by what, when, and what the system could not enforce while it was read."""
    inspection, holding = verdict.inspection, verdict.holding
    pairs = [("Checked", moment(made_at)), ("By", tool), ("Target", name_of_file(verdict.target or "(no name)"))]
    if inspection:
        pairs += [
            ("Read to find out how it is protected", f"{size(inspection.bytes_read)} of {size(inspection.size_bytes)}"),
            ("Fingerprint of the headers (SHA-256)", element("code", inspection.header_sha256)),
            ("Serial number", inspection.serial or ""),
        ]
    if holding:
        pairs += _read(holding)
    if verdict.valid_until:
        pairs.append(
            ("Holds until", f"{moment(verdict.valid_until)}, when a rule that it rests on changes. Check again then.")
        )
    return described(pairs)


def does_not_prove(verdict: Verdict) -> Markup:
    """The limits of the page, said plainly."""
    said = [
        "What was put on it after the check. The answer is about the moment when it was read.",
        "Who knows the password, where there is one.",
        "Who has already read or copied what is on it.",
        "That nobody changed this page. It carries no signature.",
        "What the law asks of you. A named person in your organisation decides that.",
    ]
    if verdict.holding:
        said.insert(
            1,
            "What is in pictures, scans and recordings, or in words alone. The search finds numbers and codes of "
            "people in the United Kingdom, and the names and dates beside them.",
        )
    if on_a_folder(verdict):
        said.insert(0, "What else is on the device: other folders and deleted files. Only this folder was searched.")
    return listed(said)


def _layer_rows(layer: Layer, place: str) -> Iterable[tuple[str, ...]]:
    cipher = layer.cipher or ""
    if cipher and layer.key_bits:
        cipher += f", {number(layer.key_bits)}-bit key"
    yield (
        f"{place} {words.scheme(layer)}",
        f"{size(layer.size_bytes)}, from {size(layer.offset_bytes)}",
        cipher,
        words.key_derivation(layer.kdf),
        words.protectors(layer),
        words.humanised(layer.state or ""),
        words.seen(layer),
    )
    for inside, inner in enumerate(layer.layers, 1):
        yield from _layer_rows(inner, f"{place}.{inside}")


def _layer_reasons(found: Iterable[Layer]) -> Iterable[str]:
    for layer in found:
        texts = dict.fromkeys(reason.text for reason in layer.reasons)
        if texts:
            yield f"{words.scheme(layer)}, {size(layer.size_bytes)}: {' '.join(texts)}"
        yield from _layer_reasons(layer.layers)


def _group(reason: str, items: list[NotExamined]) -> Markup:
    detailed = len({item.text for item in items}) > 1 or len(items) == 1
    paths = listed((_skipped(item, detailed=detailed) for item in items), class_="paths")
    if len(items) > _PATHS_OPEN:
        paths = disclosure(f"List all {number(len(items))}", paths)
    heading = element("h3", f"{reason}: {number(len(items))}")
    return element("div", heading, paths, class_="group")


def _skipped(item: NotExamined, *, detailed: bool) -> Markup:
    """The path, and what was said of this one where the group's heading does not say it for all."""
    path = name_of_file(item.path or "(the whole target)")
    return together(path, " ", element("span", item.text, class_="soft")) if detailed and item.text else path


def _read(holding: Holding) -> list[tuple[str, str]]:
    scanned = holding.scanned
    read = f"{amount(scanned.files, 'file')}, {size(scanned.bytes)}"
    if scanned.deleted_files:
        read += f"; {amount(scanned.deleted_files, 'deleted file')} among them"
    missing = joined([words.not_enforced(code) for code in holding.not_enforced])
    return [
        ("Files searched", read),
        ("Leftover bytes searched", size(holding.raw.scanned_bytes) if holding.raw.scanned_bytes else ""),
        ("Safeguards missing while files were read", missing),
    ]
