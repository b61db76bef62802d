"""One screen of plain text for a person: the answer first, then what it rests on, then what to do.

Fits 24 lines of 80 columns for a typical verdict; longer lists are cut and say so. The standard library alone, so that
`inspect` starts in a blink. Every text from the medium is shown by `printable`; colour is the only escape here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from lossproof.model.volume import Inspection, Layer, Protection, Reason
from lossproof.report import words
from lossproof.report.answer import NOT_COUNTED, Tone, answer, next_steps, on_a_folder, uncounted
from lossproof.report.medium import Paint, Part, Run, enlarged, parts, scaled, totals
from lossproof.report.text import amount, ascii_only, cells, clip, number, printable, size

if TYPE_CHECKING:
    from lossproof.model.holding import Holding, IdentifierCount, NotExamined
    from lossproof.model.verdict import Verdict

_LABEL_WIDTH = 14
_NARROWEST = 40
_VALUE_WIDTH = 48
_SCREEN_LINES = 24
_LAYERS_SHOWN = 40
_NOT_EXAMINED_SHOWN = 10

_TONES = {Tone.EXPOSED: "1;31", Tone.DOUBT: "1;33", Tone.SAFE: "1;32"}
_PROTECTION_TONES = {
    Protection.PROTECTED: Tone.SAFE,
    Protection.WEAK: Tone.DOUBT,
    Protection.PARTIAL: Tone.EXPOSED,
    Protection.UNPROTECTED: Tone.EXPOSED,
    Protection.UNKNOWN: Tone.DOUBT,
}


class _Look(NamedTuple):
    """How a paint looks: a block where the encoding has one, an ASCII sign, a colour, and its word."""

    block: str
    sign: str
    colour: str
    word: str


class _Cut(NamedTuple):
    """How much of each list is shown."""

    files: int
    reasons: int
    kinds: int
    examples: int


# Tried in turn until the screen is short enough.
_CUTS = (_Cut(5, 5, 8, 3), _Cut(4, 4, 6, 1), _Cut(4, 4, 6, 0), _Cut(3, 3, 4, 0), _Cut(2, 2, 3, 0), _Cut(1, 1, 2, 0))

_LOOKS = {
    Paint.ENCRYPTED: _Look("█", "#", "32", "encrypted"),
    Paint.WEAK: _Look("▓", "%", "33", "weakly encrypted"),
    Paint.READABLE: _Look("▒", "=", "31", "readable"),
    Paint.UNKNOWN: _Look("?", "?", "35", "not known"),
    Paint.OUTSIDE: _Look("░", "-", "36", "outside partitions"),
    Paint.BLANK: _Look("·", ".", "2", "blank"),
    Paint.TABLE: _Look("│", "|", "2", "tables"),
}


def render(verdict: Verdict, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """The screen of `check`, ending in a newline. `width` in columns, 40 at least; without `unicode` ASCII alone."""
    for cut in _CUTS:
        screen = _Screen(width=max(width, _NARROWEST), colour=colour, unicode=unicode)
        _check(screen, verdict, cut)
        if len(screen.lines) <= _SCREEN_LINES:
            break
    return screen.text()


def render_inspection(inspection: Inspection, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """The screen of `inspect`: how the medium is protected, the strip, every layer, and why."""
    screen = _Screen(width=max(width, _NARROWEST), colour=colour, unicode=unicode)
    protection = inspection.protection
    screen.headline(f"{protection.value.upper()}: {_PROTECTION_SENTENCES[protection]}.", _PROTECTION_TONES[protection])
    screen.blank()
    _medium(screen, inspection)
    lines = [line for layer in inspection.layers for line in _layer_lines(layer, 0)]
    shown = lines[:_LAYERS_SHOWN] + _more(len(lines) - _LAYERS_SHOWN, "layer")
    screen.row("Layers", shown, each_on_its_line=True)
    screen.row("Why", _distinct_texts(inspection.reasons), each_on_its_line=True)
    screen.row("Read", [f"{size(inspection.bytes_read)} of {size(inspection.size_bytes)}"])
    return screen.text()


def render_holding(holding: Holding, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """The screen of `discover`: how many people, which identifiers, where, and what could not be examined."""
    screen = _Screen(width=max(width, _NARROWEST), colour=colour, unicode=unicode)
    sentence, tone = _found(holding)
    screen.headline(sentence, tone)
    screen.blank()
    screen.row("Target", [holding.target])
    _holding(screen, holding, _CUTS[0])
    _not_examined_paths(screen, holding.not_examined)
    scanned = holding.scanned
    read = f"{amount(scanned.files, 'file')}, {size(scanned.bytes)}"
    if holding.raw.scanned_bytes:
        read += f"; and {size(holding.raw.scanned_bytes)} of leftover bytes"
    screen.row("Read", [read])
    return screen.text()


_PROTECTION_SENTENCES = {
    Protection.PROTECTED: "without the password or key a finder reads nothing here",
    Protection.WEAK: "it is encrypted, but too weakly to rely on",
    Protection.PARTIAL: "part of it is encrypted, and a finder could read the rest",
    Protection.UNPROTECTED: "a finder could read what is stored here",
    Protection.UNKNOWN: "nobody can tell from what was seen whether it is encrypted",
}


class _Screen:
    """Lines of at most `width` columns, made of text that was made harmless on the way in."""

    def __init__(self, width: int, colour: bool, unicode: bool) -> None:
        self.width = width
        self.colour = colour
        self.unicode = unicode
        self.lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def safe(self, text: str) -> str:
        return printable(text) if self.unicode else ascii_only(text)

    def painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def blank(self) -> None:
        self.lines.append("")

    def headline(self, text: str, tone: Tone) -> None:
        self.lines += [self.painted(line, _TONES[tone]) for line in _wrapped(self.safe(text), self.width)]

    def row(self, label: str, items: Sequence[str], *, each_on_its_line: bool = False) -> None:
        """A label and beside it one paragraph of all items, or a paragraph an item. Nothing where there are none."""
        room = self.width - _LABEL_WIDTH
        paragraphs = items if each_on_its_line else ["; ".join(items)] if items else []
        lines = [line for paragraph in paragraphs for line in _wrapped(self.safe(paragraph), room)]
        for place, line in enumerate(lines):
            heading = "" if place else label
            self.lines.append(self.painted(heading, "1") + " " * (_LABEL_WIDTH - len(heading)) + line)

    def paths(self, label: str, counted: Sequence[tuple[str, str]], rest: Sequence[str]) -> None:
        """A column of short texts, right-aligned, and a path beside each, cut in its middle where it is too long."""
        column = max((len(left) for left, _ in counted), default=0)
        room = self.width - _LABEL_WIDTH - column - 2
        lines = [f"{left:>{column}}  {clip(self.safe(path), room)}" for left, path in counted]
        lines += [self.safe(text) for text in rest]
        for place, line in enumerate(lines):
            heading = "" if place else label
            self.lines.append(self.painted(heading, "1") + " " * (_LABEL_WIDTH - len(heading)) + line)


def _wrapped(text: str, width: int) -> list[str]:
    """Words filled into lines of `width` columns; a word longer than a line is cut up. Leading spaces are kept."""
    indent = " " * min(len(text) - len(text.lstrip(" ")), width // 2)
    lines, line = [], indent
    for word in text.split():
        candidate = f"{line} {word}" if line.strip() else line + word
        if cells(candidate) <= width:
            line = candidate
            continue
        if line.strip():
            lines.append(line)
        line = indent + word
        while cells(line) > width:
            piece = line[: _prefix(line, width)]
            lines.append(piece)
            line = indent + line[len(piece) :]
    return [*lines, line] if line.strip() else lines


def _prefix(text: str, width: int) -> int:
    """How many characters fit into `width` columns; at least one."""
    widths = accumulate(cells(character) for character in text)
    return max(1, sum(1 for taken in widths if taken <= width))


def _check(screen: _Screen, verdict: Verdict, cut: _Cut) -> None:
    result = answer(verdict)
    screen.headline(f"{result.word.upper()}: {result.sentence}.", result.tone)
    screen.blank()
    if on_a_folder(verdict):
        screen.row("Folder", [clip(screen.safe(verdict.target or "(no name)"), screen.width - _LABEL_WIDTH)])
    if verdict.inspection:
        _medium(screen, verdict.inspection)
    if verdict.holding:
        _holding(screen, verdict.holding, cut, locked=uncounted(verdict))
    texts = _distinct_texts(verdict.reasons)
    screen.row("Why", texts[: cut.reasons] + _more(len(texts) - cut.reasons, "reason"), each_on_its_line=True)
    steps = [f"{place}. {step.short}" for place, step in enumerate(next_steps(verdict), 1)]
    screen.row("What to do", steps, each_on_its_line=True)


def _medium(screen: _Screen, inspection: Inspection) -> None:
    room = screen.width - 2
    access = words.ACCESS[inspection.readable_without_secret]
    rest = f", {size(inspection.size_bytes)}; readable without a password: {access}"
    name = clip(screen.safe(inspection.target), max(screen.width - _LABEL_WIDTH - len(rest), 16))
    screen.row("Medium", [name + rest])
    shown = parts(inspection)
    runs = [run for part in shown for run in part.runs]
    screen.lines.append("[" + _strip(screen, runs, room) + "]")
    inner = _inner_strip(screen, shown, room)
    if inner.strip():
        screen.lines.append(f" {inner.rstrip()}")
    legend = [
        f"{_sign(screen, paint)} {_LOOKS[paint].word} {size(size_bytes)}" for paint, size_bytes in totals(shown).items()
    ]
    if enlarged([run.size_bytes for run in runs], room, 1):
        legend.append("tiny parts enlarged")
    screen.lines += [f" {line}" for line in _wrapped(", ".join(legend), screen.width - 1)]


def _sign(screen: _Screen, paint: Paint) -> str:
    look = _LOOKS[paint]
    return look.block if screen.unicode else look.sign


def _strip(screen: _Screen, runs: Sequence[Run], room: int) -> str:
    """The runs as `room` signs, in proportion, none without a sign while there is room for one each."""
    ends = [round(end) for end in accumulate(scaled([run.size_bytes for run in runs], room, 1.0), initial=0.0)]
    pieces = zip(runs, pairwise(ends), strict=True)
    return "".join(
        screen.painted(_sign(screen, run.paint) * (end - start), _LOOKS[run.paint].colour)
        for run, (start, end) in pieces
    )


def _inner_strip(screen: _Screen, shown: Sequence[Part], room: int) -> str:
    """What lies inside encrypted or grouped parts, below them."""
    runs = [(run, part) for part in shown for run in part.runs]
    ends = [round(end) for end in accumulate(scaled([run.size_bytes for run, _ in runs], room, 1.0), initial=0.0)]
    columns: dict[int, tuple[int, int]] = {}
    for (_, part), (start, end) in zip(runs, pairwise(ends), strict=True):
        columns[part.offset_bytes] = (columns.get(part.offset_bytes, (start, end))[0], end)
    line = ""
    for part in shown:
        start, end = columns[part.offset_bytes]
        inside = [run for part_inside in part.inner for run in part_inside.runs]
        line += _strip(screen, inside, end - start) if inside else " " * (end - start)
    return line


def _holding(screen: _Screen, holding: Holding, cut: _Cut, *, locked: bool = False) -> None:
    screen.row("People", [NOT_COUNTED] if locked else _people(holding))
    screen.row("Identifiers", _identifiers(holding.identifiers, cut.kinds))
    screen.row("For example", _samples(holding, cut.examples), each_on_its_line=True)
    worst = sorted(holding.files, key=lambda file: (-file.people, file.path))[: cut.files]
    counted = [(number(file.people), file.path + (" (deleted)" if file.deleted else "")) for file in worst]
    screen.paths("Worst files", counted, _more(len(holding.files) - cut.files, "file"))
    screen.row("Not examined", _grouped(holding.not_examined))


def _people(holding: Holding) -> list[str]:
    said = [words.about(holding.people)]
    said += [f"{words.category(kind)} {number(value)}" for kind, value in holding.people_by_category.items() if value]
    if holding.raw.people.high:
        said.append(f"in leftover bytes {number(holding.raw.people.point)}")
    if holding.named_only:
        said.append(f"by name alone {number(holding.named_only)} (not counted)")
    return said


def _identifiers(found: dict[str, IdentifierCount], shown: int) -> list[str]:
    ranked = sorted(found.items(), key=lambda item: (-item[1].distinct, item[0]))
    said = [f"{number(seen.distinct)} {words.identifier(kind, seen.distinct)}" for kind, seen in ranked[:shown]]
    return [", ".join(said + _more(len(ranked) - shown, "kind"))] if said else []


def _samples(holding: Holding, shown: int) -> list[str]:
    """Values as the scan gave them: masked, unless the user asked to see them."""
    said = []
    for kind, values in holding.samples.items():
        if values and shown:
            few = [clip(printable(value), _VALUE_WIDTH) for value in values[:shown]]
            said.append(f"{words.identifier(kind, 2)}: {', '.join(few + _more(len(values) - shown, 'value'))}")
    return said


def _grouped(items: Iterable[NotExamined]) -> list[str]:
    groups = Counter(item.reason for item in items)
    said = [words.not_examined_count(reason, times) for reason, times in groups.most_common(4)]
    return [", ".join(said + _more(len(groups) - 4, "reason"))] if said else []


def _not_examined_paths(screen: _Screen, items: Sequence[NotExamined]) -> None:
    counted = [("-", item.path or item.text) for item in items[:_NOT_EXAMINED_SHOWN]]
    screen.paths("", counted, _more(len(items) - _NOT_EXAMINED_SHOWN, "item"))


def _found(holding: Holding) -> tuple[str, Tone]:
    partial = " so far: the search was stopped early" if holding.interrupted else ""
    count = holding.people
    if count.high:
        spread = f" ({words.spread(count)})" if count.low != count.high else ""
        said = words.about(count)
        return f"{said[:1].upper()}{said[1:]}{spread} found{partial}.", Tone.EXPOSED
    if holding.raw.people.high:
        return f"Nobody in files, but {words.about(holding.raw.people)} in leftover bytes{partial}.", Tone.EXPOSED
    if holding.interrupted:
        return f"Nobody found{partial}.", Tone.DOUBT
    if holding.named_only:
        return f"Nobody counted, but there are names of {words.people(holding.named_only)}.", Tone.DOUBT
    if holding.not_examined:
        return f"Nobody found, but {amount(len(holding.not_examined), 'item')} could not be examined.", Tone.DOUBT
    return "Nobody found, and everything was examined.", Tone.SAFE


def _layer_lines(layer: Layer, depth: int) -> Iterable[str]:
    details = [words.scheme(layer), size(layer.size_bytes)]
    if layer.cipher:
        details.append(layer.cipher + (f", {layer.key_bits}-bit key" if layer.key_bits else ""))
    details += [text for text in (words.key_derivation(layer.kdf), words.protectors(layer)) if text]
    if layer.state:
        details.append(words.humanised(layer.state))
    yield "  " * depth + ", ".join(dict.fromkeys([*details, words.seen(layer)]))
    for inside in layer.layers:
        yield from _layer_lines(inside, depth + 1)


def _distinct_texts(reasons: Iterable[Reason]) -> list[str]:
    return list(dict.fromkeys(reason.text for reason in reasons))


def _more(count: int, noun: str) -> list[str]:
    return [f"and {number(count)} more {noun if count == 1 else noun + 's'}"] if count > 0 else []
