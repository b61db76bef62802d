"""The medium as a strip, to scale: every partition, volume and gap in its place, and below it what lies inside.

Lengths are percentages and the SVG has no view box, so that its letters keep their size on a telephone. Colours and
patterns say the same thing; the list under the strip says it in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from lossproof.model.volume import Inspection
from lossproof.report import words
from lossproof.report.markup import Markup, element, name_of_file, percent, together
from lossproof.report.medium import Paint, Part, enlarged, parts, scaled, totals
from lossproof.report.tables import disclosure
from lossproof.report.text import number, size

_LEAST_SHARE = 0.03
_LETTERED_SHARE = 0.025
_INNER_NAMED_SHARE = 0.08
_LISTED = 12
_BAR_TOP, _BAR_HEIGHT, _INNER_TOP, _INNER_HEIGHT = 24, 56, 94, 40

_MEANING = {
    Paint.ENCRYPTED: "Encrypted: a finder cannot read it",
    Paint.WEAK: "Weakly encrypted: do not rely on it",
    Paint.READABLE: "Readable by anyone",
    Paint.UNKNOWN: "Not known: nobody can tell what it is",
    Paint.OUTSIDE: "Outside partitions: may hold old data",
    Paint.BLANK: "Blank: nothing is stored there",
    Paint.TABLE: "Tables and headers: no files are in them",
}


def strip(inspection: Inspection) -> Markup:
    """The strip with its legend and the list of parts."""
    shown = parts(inspection)
    if not shown:
        return element("p", "There is nothing to draw: it is empty.")
    sizes = [part.size_bytes for part in shown]
    runs = [run.size_bytes for part in shown for run in part.runs]
    note = "Drawn to scale."
    if enlarged(sizes, 1.0, _LEAST_SHARE) or enlarged(runs, 1.0, _LEAST_SHARE / 3):
        note = "Drawn to scale, except that very small parts are enlarged so that they can be seen."
    access = words.ACCESS[inspection.readable_without_secret]
    lead = together(
        name_of_file(inspection.target), f", {size(inspection.size_bytes)}. Readable without a password: {access}."
    )
    return together(
        element("p", lead, class_="lead"),
        element(
            "figure", _drawing(inspection, shown), element("figcaption", note), _legend(shown, inspection.size_bytes)
        ),
        _parts_in_words(shown),
    )


def patterns() -> Markup:
    """The patterns of the strip, to be put once into the page, before the first strip."""
    drawn = [
        _pattern("encrypted", element("path", d="M-2 2 L2 -2 M0 10 L10 0 M8 12 L12 8", class_="mark")),
        _pattern("weak", element("path", d="M5 0 V10", class_="mark")),
        _pattern("readable", element("circle", cx=5, cy=5, r=1.6, class_="dot")),
        _pattern("unknown", element("path", d="M0 0 L10 10 M10 0 L0 10", class_="mark")),
        _pattern("outside", element("path", d="M0 5 H10", class_="mark")),
        _pattern("blank"),
        _pattern("table", element("path", d="M0 0 H10 M0 5 H10 M5 0 V10", class_="mark")),
    ]
    return element("svg", element("defs", *drawn), class_="patterns", aria_hidden="true", focusable="false")


def letters(place: int) -> str:
    """The mark of a part: A to Z, then AA, AB and so on."""
    marks = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        marks = chr(65 + rest) + marks
    return marks


def _pattern(name: str, *marks: str) -> Markup:
    ground = element("rect", width=10, height=10, class_=f"ground-{name}")
    return element(
        "pattern",
        ground,
        *marks,
        id=f"paint-{name}",
        class_=f"paint-{name}",
        width=10,
        height=10,
        patternUnits="userSpaceOnUse",
    )


def _drawing(inspection: Inspection, shown: Sequence[Part]) -> Markup:
    lengths = scaled([part.size_bytes for part in shown], 1.0, _LEAST_SHARE)
    starts = accumulate(lengths, initial=0.0)
    nested = any(part.inner for part in shown)
    drawn = [
        _part(part, letters(place), start, length)
        for place, (part, start, length) in enumerate(zip(shown, starts, lengths, strict=False))
    ]
    said = ", then ".join(f"{_named(part)} ({size(part.size_bytes)})" for part in shown[:_LISTED])
    if len(shown) > _LISTED:
        said += f", and {number(len(shown) - _LISTED)} more parts"
    return element(
        "svg",
        element("title", f"The medium from start to end, {size(inspection.size_bytes)}", id="strip-title"),
        element("desc", f"{said}. The list below says the same in words.", id="strip-desc"),
        *drawn,
        class_="strip nested" if nested else "strip",
        role="img",
        aria_labelledby="strip-title strip-desc",
    )


def _part(part: Part, letter: str, start: float, length: float) -> Markup:
    drawn = [_runs(part, start, length, _BAR_TOP, _BAR_HEIGHT)]
    if length >= _LETTERED_SHARE:
        drawn.append(
            element("text", letter, x=percent(start + length / 2), y=16, text_anchor="middle", class_="letter")
        )
    if part.inner:
        drawn += _inner(part, letter, start, length)
    return together(*drawn)


def _inner(part: Part, letter: str, start: float, length: float) -> list[Markup]:
    """The volumes inside a part, below it and within its width."""
    inside = scaled([inner.size_bytes for inner in part.inner], length, min(_LEAST_SHARE / 3, length / 4))
    drawn = []
    for place, (inner, at, wide) in enumerate(
        zip(part.inner, accumulate(inside, initial=start), inside, strict=False), 1
    ):
        drawn.append(_runs(inner, at, wide, _INNER_TOP, _INNER_HEIGHT))
        if wide >= _INNER_NAMED_SHARE:
            middle = percent(at + wide / 2)
            drawn.append(element("text", f"{letter}{place}", x=middle, y=152, text_anchor="middle", class_="letter"))
    return drawn


def _runs(part: Part, start: float, length: float, top: int, height: int) -> Markup:
    lengths = scaled([run.size_bytes for run in part.runs], length, min(_LEAST_SHARE / 3, length / 4))
    rects = [
        element("rect", x=percent(at), y=top, width=percent(wide), height=height, fill=f"url(#paint-{run.paint})")
        for run, at, wide in zip(part.runs, accumulate(lengths, initial=start), lengths, strict=False)
    ]
    edge = "frame" if length >= _LETTERED_SHARE / 3 else "frame thin"
    frame = element("rect", x=percent(start), y=top, width=percent(length), height=height, class_=edge)
    return together(*rects, frame)


def _legend(shown: Sequence[Part], whole_bytes: int) -> Markup:
    rows = [_legend_row(paint, size_bytes, whole_bytes) for paint, size_bytes in totals(shown).items()]
    return element("ul", *rows, class_="legend")


def _legend_row(paint: Paint, size_bytes: int, whole_bytes: int) -> Markup:
    share = f"{size_bytes / whole_bytes:.0%}"
    if size_bytes < whole_bytes and share in ("0%", "100%"):
        share = "under 1%" if share == "0%" else "over 99%"
    label = element("span", _MEANING[paint], class_="label")
    said = element("span", f"{size(size_bytes)}, {share}", class_="said")
    return element("li", swatch(paint), element("div", label, " ", said))


def swatch(paint: Paint) -> Markup:
    """A small sample of a paint, for legends."""
    sample = element("rect", width="100%", height="100%", fill=f"url(#paint-{paint})")
    frame = element("rect", width="100%", height="100%", class_="frame")
    return element("svg", sample, frame, class_="swatch", aria_hidden="true", focusable="false")


def _parts_in_words(shown: Sequence[Part]) -> Markup:
    items = [_part_in_words(letters(place), part) for place, part in enumerate(shown)]
    whole = element("ul", *items, class_="parts")
    return whole if len(items) <= _LISTED else disclosure(f"All {number(len(items))} parts in words", whole)


def _part_in_words(letter: str, part: Part) -> Markup:
    said = f"{_named(part)}, {size(part.size_bytes)}, {_where(part)}. {_outcome(part)}."
    inner = [_part_in_words(f"{letter}{place}", inside) for place, inside in enumerate(part.inner, 1)]
    return element(
        "li",
        element("b", letter),
        " ",
        element("span", said),
        element("ul", *inner, class_="parts") if inner else Markup(),
    )


def _named(part: Part) -> str:
    if part.layer is None:
        return "Tables and headers" if part.runs[0].paint is Paint.TABLE else "Not known"
    name = words.scheme(part.layer)
    return f"{name}, outside partitions" if "outside_partitions" in part.layer.findings else name


def _where(part: Part) -> str:
    return f"starting at {size(part.offset_bytes)}" if part.offset_bytes else "at the very start"


def _outcome(part: Part) -> str:
    paints = list(dict.fromkeys(run.paint for run in part.runs if run.paint is not Paint.TABLE))
    if not paints:
        return "No files are in it"
    return (
        _MEANING[paints[0]]
        if len(paints) == 1
        else "In parts: " + ", ".join(words.humanised(paint) for paint in paints)
    )
