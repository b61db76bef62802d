"""A list of 200,000 rows through a real server: its memory stays bounded, and what is too large is refused in words.

With LOSSPROOF_EVERY_ROW in the environment the rows are imported too, which takes some minutes.
"""

from __future__ import annotations

import html
import os
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from lossproof.ledger.database import open_database
from lossproof.register.options import SESSION_SECRET
from register import sites
from register.evidence.test_killed import Place, free_port, server

ROWS = 200_000
MOST_GROWTH_BYTES = 400 << 20
"""What the server may grow by over a server that has shown a few pages: the upload, its rows, and their plan."""
PATIENCE_SECONDS = 250
SECRET = "made up, and long enough for a secret that signs sessions of nobody"
_FORM = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def place(_made_site: Path, tmp_path: Path) -> Iterator[tuple[Place, requests.Session]]:
    """A register that is ready to be served, and IT's browser."""
    from django.test import override_settings

    with sites.opened(_made_site, tmp_path) as site, override_settings(SECRET_KEY=SECRET):
        cookie = site.client_of("it").cookies["session"].value
        store = site.options.store
    (tmp_path / "passphrase").write_text(f"{sites.PASSPHRASE}\n")
    secret = tmp_path / "keys" / SESSION_SECRET
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    with requests.Session() as browser:
        browser.cookies.set("session", cookie)
        yield Place(tmp_path, store, free_port()), browser


def peak_bytes(process: int) -> int:
    """The most memory that a process has had."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[1]) << 10


def text_of(answer: requests.Response) -> str:
    """The page as a person reads it, without tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def post(
    browser: requests.Session, url: str, page: requests.Response, data: dict[str, str], **more
) -> requests.Response:
    token = _FORM.search(page.text)[1]
    answer = browser.post(url, data={**data, "csrfmiddlewaretoken": token}, timeout=PATIENCE_SECONDS, **more)
    until = time.monotonic() + PATIENCE_SECONDS
    while "See how far it is" in answer.text and time.monotonic() < until:
        time.sleep(1)
        answer = browser.get(answer.url, timeout=PATIENCE_SECONDS)
    return answer


@pytest.mark.slow
def test_two_hundred_thousand_rows_in_bounded_memory(place):
    where, browser = place
    chance = random.Random(7)
    rows = ["Asset tag,Serial,Type,Organisation,Assigned to,Status"]
    rows += [f"NG-{at:06},SN{chance.randrange(10**9):09}{at:06},usb stick,,,In stock" for at in range(ROWS)]
    with server(where) as process:
        url = f"http://127.0.0.1:{where.port}"
        page = browser.get(f"{url}/import", timeout=60)
        assert page.status_code == 200 and "Import" in page.text
        begun, before = time.monotonic(), peak_bytes(process.pid)

        def so_far(what: str) -> int:
            grown = peak_bytes(process.pid) - before
            print(f"{ROWS:,} rows {what} after {time.monotonic() - begun:.0f} s, {before >> 20} + {grown >> 20} MiB")
            return grown

        files = {"file": ("assets.csv", "\n".join(rows).encode())}
        page = post(browser, f"{url}/import", page, {}, files=files)
        assert "Which column is what?" in text_of(page) and "200,000 rows" in text_of(page), text_of(page)[:800]
        so_far("read")
        columns = {"asset_tag": "0", "serial": "1", "kind": "2", "organisation": "3", "holder": "4", "status": "5"}
        page = post(browser, f"{page.url}/columns", page, columns)
        assert "New devices 200,000" in text_of(page), text_of(page)[:800]
        assert so_far("looked at") < MOST_GROWTH_BYTES
        if not os.environ.get("LOSSPROOF_EVERY_ROW"):
            return
        page = post(browser, f"{page.url}/go", page, {})
        assert "The import is done" in text_of(page), text_of(page)[:800]
        assert so_far("imported") < MOST_GROWTH_BYTES
    with open_database(where.store) as database:
        assert database.execute("SELECT COUNT(*) FROM register_device") == [(ROWS,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "said"),
    [(51 << 20, "smaller than 50"), (10 << 20, "250,000 rows")],
    ids=["too many bytes", "too many rows"],
)
def test_what_is_too_large_is_refused_in_words(place, size, said):
    where, browser = place
    with server(where) as process:
        url = f"http://127.0.0.1:{where.port}"
        page = browser.get(f"{url}/import", timeout=60)
        before = peak_bytes(process.pid)
        content = b"Asset tag,Serial\n" + b"NG-1,SN0000001\n" * (size // 15)
        page = post(browser, f"{url}/import", page, {}, files={"file": ("assets.csv", content)})
        assert said in text_of(page), text_of(page)[:1500]
        assert peak_bytes(process.pid) - before < MOST_GROWTH_BYTES
        assert browser.get(f"{url}/devices", timeout=60).status_code == 200
