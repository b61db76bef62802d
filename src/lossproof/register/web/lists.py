"""Long lists, a page at a time: previous and next by the last row shown (keyset), or by number where there are few."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _


def pages(request: HttpRequest, *, after: str | None = None, first: bool = True) -> dict[str, Any]:
    """What `govukPagination` takes for a keyset list: a link to the rows `after` that mark, and one back to the beginning.
    The other parameters of the address stay as they are."""
    links: dict[str, Any] = {"landmarkLabel": _("Pages of this list")}
    kept = [(name, value) for name, values in request.GET.lists() if name != "after" for value in values]
    if not first:
        links["previous"] = {"text": _("First page"), "href": f"?{urlencode(kept)}"}
    if after is not None:
        links["next"] = {"text": _("Next page"), "href": f"?{urlencode([*kept, ('after', after)])}"}
    return links
