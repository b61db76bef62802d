"""The register's part of the benchmark page."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import pickle
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import measure
from estate_facts import Estate, brought
from ledger_facts import BATCH
from parts import PYTHON, Bench, table

from ledger import file_system

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "ledger"))
import postgresql_server

HERE = Path(__file__).resolve().parent
SEED = 1
ROUNDS, BATCHES = 5, 16
_WANTED = {"page": 5.0, "count": 10.0, "as_of": 2000.0, "preview": 2000.0}


class Measured(NamedTuple):
    """What one store gave."""

    name: str
    facts: int
    loaded: dict[str, Any]
    asked: dict[str, Any]
    inside: float
    over_http: float
    ratio: float


def measured(bench: Bench) -> list[str]:
    """Everything about the register."""
    folder = bench.work / "register"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    found = [store(bench, "SQLite", folder, str(folder / "store"))]
    if missing := postgresql_server.missing():
        bench.left_out.append(f"the register on PostgreSQL: {missing}")
    else:
        with postgresql_server.running(lasting=True) as server:
            found.append(store(bench, "PostgreSQL", folder, server.new_store()))
    lines = [
        f"{bench.devices:,} made-up devices of six organisations, {bench.facts:,} facts about them over three months, all through the log",
        f"with its signature checked. Stores in {file_system(folder)}. Each figure from a process of its own, inside one run.",
        "",
        *made(found),
        *questions(found),
        *responses(found),
        *checkins(found),
    ]
    shutil.rmtree(folder)
    return lines


def store(bench: Bench, name: str, folder: Path, where: str) -> Measured:
    """Load one store and ask it."""
    estate = Estate(bench.devices, bench.facts, SEED, where, folder / f"{name.lower()}.keys")
    print(f"measuring register: {name}: {estate.facts:,} facts", file=sys.stderr)
    loaded = child("load", estate)
    print(f"measuring register: {name}: questions", file=sys.stderr)
    asked = child("ask", estate)
    print(f"measuring register: {name}: check-in", file=sys.stderr)
    inside, over_http, ratio = check_in(estate, folder)
    return Measured(name, estate.facts, loaded, asked, inside, over_http, ratio)


def command(action: str, estate: Estate) -> list[str]:
    """How `estate.py` is called."""
    words = ["--devices", estate.devices, "--facts", estate.facts, "--seed", estate.seed]
    return [
        str(word)
        for word in (PYTHON, HERE / "estate.py", action, *words, "--store", estate.store, "--keys", estate.keys)
    ]


def child(action: str, estate: Estate) -> dict[str, Any]:
    """What `estate.py` prints."""
    done = measure.run(command(action, estate))
    if done.status:
        raise SystemExit(done.complaints)
    said: dict[str, Any] = json.loads(done.output.splitlines()[-1])
    return said


# Check-in


class Beside:
    """A process of `estate.py` that waits for its input."""

    def __init__(self, action: str, estate: Estate) -> None:
        self.process = subprocess.Popen(
            command(action, estate), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.began = self.answer()

    def answer(self) -> dict[str, Any]:
        """The next object that it says."""
        assert self.process.stdout is not None
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said

    def ask(self, line: str) -> dict[str, Any]:
        """Tell it a line, and hear the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.answer()


@contextlib.contextmanager
def beside(action: str, estate: Estate) -> Iterator[Beside]:
    """Such a process, until its input ends."""
    process = Beside(action, estate)
    try:
        yield process
    finally:
        assert process.process.stdin is not None
        process.process.stdin.close()
        process.process.wait()


def check_in(estate: Estate, folder: Path) -> tuple[float, float, float]:
    """Facts a second inside the process and over HTTP, in turn, each the median of the rounds; and the median ratio."""
    rates: list[tuple[float, float]] = []
    with beside("inside", estate) as inside, beside("serve", estate) as server:
        number = 0
        for _ in range(ROUNDS):
            pair = []
            for way in (lambda given: _inside(inside, folder, given), lambda given: _over(server.began["port"], given)):
                given = [brought(estate, number + BATCH * batch, BATCH) for batch in range(BATCHES)]
                number += BATCH * BATCHES
                pair.append(BATCH * BATCHES / way(given))
            rates.append((pair[0], pair[1]))
    inner, outer = (statistics.median(rate[way] for rate in rates) for way in (0, 1))
    return inner, outer, statistics.median(over / within for within, over in rates)


def _inside(process: Beside, folder: Path, given: Sequence[Sequence[bytes]]) -> float:
    path = folder / "batches"
    path.write_bytes(pickle.dumps(given))
    said = process.ask(str(path))
    if said["accepted"] != BATCH * BATCHES:
        raise SystemExit("a fact was not accepted")
    return float(said["seconds"])


def _over(port: int, given: Sequence[Sequence[bytes]]) -> float:
    bodies = [json.dumps({"facts": [base64.b64encode(one).decode() for one in batch]}).encode() for batch in given]
    connection = http.client.HTTPConnection("localhost", port, timeout=600)
    began, accepted = time.perf_counter(), 0
    for body in bodies:
        connection.request("POST", "/api/v1/facts", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"check-in: {answer.status}")
        accepted += said.count(b'"accepted"')
    seconds = time.perf_counter() - began
    connection.close()
    if accepted != BATCH * BATCHES:
        raise SystemExit("a fact was not accepted over HTTP")
    return seconds


# Tables


def made(found: Sequence[Measured]) -> list[str]:
    """How the estate was loaded."""
    rows: list[list[object]] = [
        [
            one.name,
            f"{one.loaded['leaves']:,}",
            f"{one.facts / one.loaded['seconds']:,.0f}",
            f"{one.facts / one.loaded['projected']:,.0f}",
            f"{one.loaded['peak_mb']:.0f}",
        ]
        for one in found
    ]
    heads = ["store", "leaves", "facts a second into the log", "facts a second into the tables", "peak MB"]
    return ["### The estate", "", *table(heads, rows)]


def questions(found: Sequence[Measured]) -> list[str]:
    """What pages ask of the tables."""
    names = {
        "page": "a page of 50 devices that keep not to the rules, over all pages",
        "count": "how many there are, exactly",
        "tally": "how many of each standing",
        "as_of": "the whole estate as of 18 days ago, as known when the log had four fifths of its leaves",
        "preview": "what a stricter rule would change, over the whole estate",
    }
    rows: list[list[object]] = []
    for name, text in names.items():
        wanted = f"at most {_WANTED[name]:,.0f}" if name in _WANTED else "-"
        for one in found:
            median, slow = one.asked[name]
            limit = wanted if one.name == "SQLite" or name in {"as_of", "preview"} else "-"
            rows.append([text, one.name, f"{median:,.2f}", f"{slow:,.2f}", limit])
    heads = ["question", "store", "median ms", "99 % within ms", "wanted, ms"]
    asked = found[0].asked
    return [
        "### Questions",
        "",
        f"{asked['noncompliant']:,} of the devices keep not to the rules. As of then there were {asked['devices_then']:,}; the stricter",
        f"rule changes {asked['changed']:,}. The last two decide on every device anew.",
        "",
        *table(heads, rows),
    ]


def responses(found: Sequence[Measured]) -> list[str]:
    """Whole responses."""
    rows: list[list[object]] = [
        [f"`{page}`", one.name, f"{median:.1f}", f"{slow:.1f}", f"{size / 1e3:.0f}"]
        for page in found[0].asked["pages"]
        for one in found
        for median, slow, size in [one.asked["pages"][page]]
    ]
    heads = ["page", "store", "median ms", "slowest of 50, ms", "HTML kB"]
    return [
        "### Whole responses",
        "",
        "From the request to the last byte of HTML for a governance lead who sees the whole estate; inside the process, no network.",
        "",
        *table(heads, rows),
    ]


def checkins(found: Sequence[Measured]) -> list[str]:
    """Check-in over HTTP and without."""
    rows: list[list[object]] = [
        [one.name, f"{one.inside:,.0f}", f"{one.over_http:,.0f}", f"{one.ratio * 100:.0f} %", "at least 80 %"]
        for one in found
    ]
    heads = ["store", "in-process, facts a second", "over HTTP, facts a second", "HTTP of in-process", "wanted"]
    return [
        "### Check-in",
        "",
        f"Signed inspections in batches of {BATCH} into that store: signatures checked, log, register's tables and verdicts in one",
        f"transaction, receipts durable. One client on this machine; both ways in turn, median of {ROUNDS} rounds of"
        f" {BATCH * BATCHES:,} facts.",
        "",
        *table(heads, rows),
    ]
