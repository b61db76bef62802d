"""The browser, and one tab of it with verify.html that many tests ask."""

from __future__ import annotations

import pytest

from verify.in_browser import CHROMIUM, chromium, opened


@pytest.fixture(
    scope="module"
)  # not the session: other rooms have a browser of their own, and there may be one at a time
def browser():
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not installed at {CHROMIUM}")
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def page(browser):
    with opened(browser) as tab:
        yield tab
        assert tab.noises == []
