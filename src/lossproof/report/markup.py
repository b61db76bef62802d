"""HTML and SVG made of elements. Text becomes markup in one place, so nothing can be left unescaped.

A plain `str` is always text: it is made printable and escaped. Only `Markup`, which `element` returns, is kept.
"""

from __future__ import annotations

from html import escape

from lossproof.report.text import printable

_VOID = frozenset({"meta", "br", "hr"})


class Markup(str):
    """A piece of well-formed HTML."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | int | float | None) -> Markup:
    """One element. In attribute names a last `_` is dropped and others become `-`; an attribute of None is left out."""
    stated = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Markup(f"<{name}{stated}>")
    return Markup(f"<{name}{stated}>{together(*children)}</{name}>")


def together(*children: str) -> Markup:
    """Several pieces as one; text among them is escaped."""
    return Markup("".join(child if isinstance(child, Markup) else _text(child) for child in children))


def name_of_file(path: str) -> Markup:
    """A name from the medium, kept apart from the text around it so that right-to-left letters cannot reorder that."""
    return element("bdi", path)


def percent(share: float) -> str:
    """A length for SVG: 0.25 becomes `25%`."""
    return f"{share * 100:.3f}".rstrip("0").rstrip(".") + "%"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)


def _attribute(key: str, value: str | float) -> str:
    return f' {key.removesuffix("_").replace("_", "-")}="{_text(str(value))}"'
