"""The register in real Chromium: a server in a thread, logged-in tabs, and axe."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import Browser, Page

from register.sites import Site
from verify.in_browser import AXE, AXE_RUN, CHROMIUM, chromium

# Playwright keeps an event loop in this thread, which Django would take for a server's. There is none.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a module."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with chromium() as launched:
        yield launched


@dataclass
class Live:
    """A site that is served at `url`."""

    site: Site
    url: str

    def tab(self, browser: Browser, duty: str | None = None, *, width: int = 1200, javascript: bool = True) -> Page:
        """A new tab, logged in where a duty is given. What its console says that is an error fails the test at `noises`."""
        context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=javascript)
        context.set_default_timeout(20_000)
        if duty is not None:
            client = self.site.client_of(duty)
            context.add_cookies(
                [{"name": name, "value": kept.value, "url": self.url} for name, kept in client.cookies.items()]
            )
        return context.new_page()


def axe(tab: Page) -> list[str]:
    """What axe finds wrong with the page for WCAG 2.2 AA; nothing, one hopes. The page's own policy lets no script in, so axe
    comes by the browser's own way."""
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    return tab.evaluate(AXE_RUN)


def overflows(tab: Page) -> bool:
    """Whether the page is wider than the window: what a phone would have to scroll sideways."""
    return tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def serving(site: Site) -> Iterator[Live]:
    """The site at a free port, from threads that have their own connections."""
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    application = get_wsgi_application()

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        try:
            response = application(environ, start_response)
            body = list(response)
            response.close()
            return body
        finally:
            connections.close_all()

    server = make_server("127.0.0.1", 0, answer, server_class=_Threads, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Live(site, f"http://localhost:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
