"""A register to write tests on. How to use it:

    def test_somebody_sees_something(site):
        page = site.client_of("it").get("/devices")        # Django's test client, logged in with that duty
        assert page.status_code == 200
        site.account("staff").id                           # the account of a duty: all six there are
        site.ledger, site.key                              # the_ledger() of this thread, and the register's key
        site.controller, site.contractor, ...              # ids of the organisations
        with site.ledger.write() as writer: ...

`site` is a store in SQLite in a folder of the test's own, made once and copied for each test (some 20 ms); `site_postgresql` the
same in a real PostgreSQL, skipped where there is none; `either_site` runs a test on both. There is one Django a process, so at most
one site is open at a time: a test takes one of them. The clock stands at `site.clock.at` and is turned by `site.clock.turn(days=3)`
for facts, not for Django's sessions.

    @pytest.mark.browser
    def test_the_page_is_for_everybody(live, browser): ...
        tab = live.tab(browser, "it", width=320)           # a logged-in tab of real Chromium; javascript=False for none
        tab.goto(live.url + "/devices")
        assert axe(tab) == []                              # from register.browsing import axe

`live` serves `site` from a thread at a free port of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import postgresql_server
from register import sites
from register.browsing import Live, browser, serving

__all__ = ["browser"]


@pytest.fixture(scope="session")
def _made_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite site that is copied for each test."""
    return sites.make(tmp_path_factory.mktemp("site"))


@pytest.fixture
def site(_made_site: Path, tmp_path: Path) -> Iterator[sites.Site]:
    """A register on SQLite."""
    with sites.opened(_made_site, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def _made_site_postgresql(_made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Cluster]:
    """A PostgreSQL cluster with the database that is copied for each test."""
    if reason := postgresql_server.missing():
        pytest.skip(reason)
    with postgresql_server.running() as server:
        yield sites.make_in(server, tmp_path_factory.mktemp("site-postgresql"))


@pytest.fixture
def site_postgresql(_made_site_postgresql: sites.Cluster, tmp_path: Path) -> Iterator[sites.Site]:
    """A register on PostgreSQL."""
    with _made_site_postgresql.opened(tmp_path) as opened:
        yield opened


@pytest.fixture(params=["site", "site_postgresql"])
def either_site(request: pytest.FixtureRequest) -> sites.Site:
    """A register on SQLite, then one on PostgreSQL."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def live(site: sites.Site) -> Iterator[Live]:
    """The site over HTTP."""
    with serving(site) as served:
        yield served
