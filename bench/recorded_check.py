"""Runs `lossproof` as its user does, and writes what recording took: a JSON object with seconds of wall time and of CPU.

    python bench/recorded_check.py REPORT WORD...

`opening`: everything that signs and the store loaded, opened and compared with the checkpoint outside; `keys`: unlocking them, which
is not in `opening`; `recording`: facts made, people sealed, signed, appended, checkpoint durable.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lossproof.cli import recording, run

TOOK: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])


@contextlib.contextmanager
def timed(what: str, *, less: str = "") -> Iterator[None]:
    """Add what happens inside to one of the sums, and take it off another."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield
    finally:
        for at, seconds in enumerate((time.perf_counter() - wall, time.process_time() - cpu)):
            TOOK[what][at] += seconds
            TOOK[less][at] -= seconds


plain_recorder = recording.recorder


@contextlib.contextmanager
def recorder(*given: Any, **named: Any) -> Iterator[Any]:
    """The command's own recorder, with a clock beside it."""
    with contextlib.ExitStack() as stack:
        with timed("opening"):
            from lossproof.ledger import keys

            plain_open = keys.open_key

            def open_key(*words: Any) -> keys.PrivateKey:
                with timed("keys", less="opening"):
                    return plain_open(*words)

            keys.open_key = open_key
            record = stack.enter_context(plain_recorder(*given, **named))

        def timed_record(look: Any) -> Any:
            with timed("recording"):
                found = record(look)
            Path(REPORT).write_text(json.dumps(TOOK))
            return found

        yield timed_record


if __name__ == "__main__":
    REPORT, *words = sys.argv[1:]
    recording.recorder = recorder
    sys.argv = ["lossproof", *words]
    run()
