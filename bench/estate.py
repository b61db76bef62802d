"""A large made-up estate in a register: loaded through the log, asked, checked in to. Each action is a process of its own.

    python bench/estate.py load    --devices N --facts N [--seed N] --store STORE --keys DIR
    python bench/estate.py ask     ...the same...
    python bench/estate.py inside  ...the same...      reads names of files of batches, answers with seconds
    python bench/estate.py serve   ...the same...      says its port, serves until its input ends

Each prints JSON objects, one a line. STORE is a file or a postgresql:// URL.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from estate_facts import NOW, Estate, MadeTime, load, make

from lossproof.ledger.keys import Secret
from lossproof.ledger.store import Ledger
from lossproof.policy.rules import shipped_text
from lossproof.register import options, start
from lossproof.register.devices import queries
from lossproof.register.options import Options
from lossproof.register.projection import catch_up, refresh_due
from lossproof.register.queries.estate import estate_as_of, preview
from lossproof.register.queries.noncompliant import tally

PAGES = ("/now", "/devices?compliant=no", "/devices")
_TIMES = 200
_AT = int(NOW.timestamp())


def say(**said: object) -> None:
    """Print one object."""
    print(json.dumps(said), flush=True)


def timed(action: Callable[[], object], times: int) -> tuple[float, float]:
    """Milliseconds of an action: the median, and what one in a hundred exceeds."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    seconds.sort()
    return statistics.median(seconds) * 1e3, seconds[int(times * 0.99)] * 1e3


def loaded(estate: Estate) -> None:
    """Make the store, state every fact, and fill the register's tables."""
    began = time.perf_counter()
    controller = make(estate)
    load(estate, controller)
    stated = time.perf_counter() - began
    with estate.open(_late()) as ledger:
        began = time.perf_counter()
        catch_up(ledger)
        refresh_due(ledger, _AT)
        projected = time.perf_counter() - began
        size = ledger.reader.size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    say(leaves=size, seconds=stated, projected=projected, peak_mb=peak)


def _late() -> MadeTime:
    clock = MadeTime()
    clock.at = NOW
    return clock


def asked(estate: Estate) -> None:
    """What pages ask, and their whole responses beside."""
    with estate.open(_late()) as ledger:
        found = _queries(ledger) | _whole(ledger)
    say(**found, pages=_pages(estate))


def _queries(ledger: Ledger) -> dict[str, object]:
    database = ledger.database
    seen = frozenset(one.subject for one in ledger.projection.organisations())
    wanted = queries.Wanted(seen, compliant=False)
    after = None
    places = [None]
    while page := queries.page(database, wanted, after):
        after = page[-1].mark
        places.append(after)
    walk = iter(places * (1 + _TIMES // len(places)))
    return {
        "noncompliant": queries.count(database, wanted).not_compliant,
        "page": timed(lambda: queries.page(database, wanted, next(walk)), max(_TIMES, len(places))),
        "count": timed(lambda: queries.count(database, wanted), _TIMES),
        "tally": timed(lambda: tally(database, seen), _TIMES),
    }


def _whole(ledger: Ledger) -> dict[str, object]:
    seen = frozenset(one.subject for one in ledger.projection.organisations())
    reader = ledger.reader
    known_at = reader.leaf(reader.size * 4 // 5).entry.known_at
    then = _AT - 18 * 86_400
    stricter = shipped_text().replace(b'"31d"', b'"7d"')
    found = estate_as_of(ledger, seen, then, known_at)
    changed = preview(ledger, seen, stricter, _AT)
    return {
        "as_of": timed(lambda: estate_as_of(ledger, seen, then, known_at), 5),
        "preview": timed(lambda: preview(ledger, seen, stricter, _AT), 5),
        "devices_then": sum(found.counted.values()),
        "changed": changed.changed,
    }


def _pages(estate: Estate) -> dict[str, tuple[float, float, int]]:
    """Whole responses, from the request to the last byte of HTML, inside the process: milliseconds, and bytes."""
    _started(estate, "http://testserver")
    from django.test import Client

    from lossproof.register.accounts import acts
    from lossproof.register.store import the_ledger

    key = estate.key("register")
    account = acts.begin(
        the_ledger(), key, name="Grace Okonkwo", email="grace@example.org", password="correct horse battery staple"
    )
    client = Client()
    client.force_login(account)
    found = {}
    for page in PAGES:
        answer = client.get(page)
        if answer.status_code != 200:
            raise SystemExit(f"{page}: {answer.status_code}")
        found[page] = (*timed(lambda page=page: client.get(page), 50), len(answer.content))
    return found


def _started(estate: Estate, url: str) -> None:
    """Django over the store, as `lossproof serve` sets it up."""
    start.start(
        Options(
            store=estate.store,
            keys=estate.keys,
            public_url=url,
            secret=Secret("made up, for a made-up estate"),
            log_key=estate.key("log"),
            register_key=estate.key("register"),
            clock=_late(),
        )
    )
    start.migrate()


def inside(estate: Estate) -> None:
    """Take in the batches of each file that is named, without HTTP."""
    _started(estate, "http://testserver")
    from lossproof.register.evidence.ingest import ingest
    from lossproof.register.projection import apply
    from lossproof.register.store import the_ledger

    say(ready=True)
    for name in sys.stdin:
        given = pickle.loads(Path(name.strip()).read_bytes())
        began, accepted = time.perf_counter(), 0
        for batch in given:
            outcomes = ingest(the_ledger(), batch, register_key=options.told().register_key, project=apply)
            accepted += sum(one.status == "accepted" for one in outcomes)
        say(seconds=time.perf_counter() - began, accepted=accepted)


def serve(estate: Estate) -> None:
    """Serve on a port of its own until the input ends."""
    from lossproof.register import serving

    with serving.listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        _started(estate, f"http://localhost:{port}")
        threading.Thread(target=_until_the_end, daemon=True).start()
        serving.serve(listening, None, lambda: say(port=port))


def _until_the_end() -> None:
    sys.stdin.read()
    os._exit(0)


ACTIONS: dict[str, Callable[[Estate], Any]] = {"load": loaded, "ask": asked, "inside": inside, "serve": serve}


def main() -> None:
    """Do what is asked."""
    parser = argparse.ArgumentParser(description="a large made-up estate in a register")
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--facts", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", required=True)
    parser.add_argument("--keys", type=Path, required=True)
    given = parser.parse_args()
    estate = Estate(given.devices, given.facts, given.seed, given.store, given.keys)
    ACTIONS[given.action](estate)


if __name__ == "__main__":
    main()
