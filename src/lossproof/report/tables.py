"""Tables that become cards on a narrow screen.

The roles are stated because a style sheet that lays a table out as blocks would otherwise take its meaning away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lossproof.report.markup import Markup, element, together


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table with a caption; the first cell of each row is its heading. Empty cells are left out on narrow screens."""
    head = element("tr", *(element("th", text, role="columnheader", scope="col") for text in heads), role="row")
    return element(
        "table",
        element("caption", caption),
        element("thead", head, role="rowgroup"),
        element("tbody", *(_row(heads, row) for row in rows), role="rowgroup"),
        role="table",
    )


def disclosure(summary: str, *content: str) -> Markup:
    """Something long that opens on demand, without a script."""
    return element("details", element("summary", summary), *content)


def _row(heads: Sequence[str], cells: Sequence[str]) -> Markup:
    first, *others = cells
    return element(
        "tr",
        element("th", first, role="rowheader", scope="row"),
        *(
            element("td", cell, role="cell", data_label=head, class_=None if cell else "none")
            for head, cell in zip(heads[1:], others, strict=True)
        ),
        role="row",
    )


def listed(items: Iterable[str], *, class_: str | None = None) -> Markup:
    """An unordered list."""
    return element("ul", *(element("li", item) for item in items), class_=class_)


def described(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Terms and what is said of each; pairs that say nothing are left out."""
    groups = (element("div", element("dt", term), element("dd", said)) for term, said in pairs if said)
    return element("dl", together(*groups), class_="facts")
