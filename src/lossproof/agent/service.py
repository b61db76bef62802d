"""The agent at work: looks at disks when they come and on schedule, and sends what waits every minute.

One thread looks, one disk after another and never two at once; the other listens, keeps the schedule and sends. A disk is looked at
when it has been quiet for a moment: udev says several things of one that is plugged in. What an agent says on standard error names
device nodes and ids, and nothing that was read from a disk.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lossproof.agent.media import Disk, disk, disks
from lossproof.agent.reporter import Desk
from lossproof.agent.sending import Sent, pause_seconds
from lossproof.agent.watch import Source
from lossproof.errors import LossproofError, StoreError
from lossproof.jobs.recording import Look, Note
from lossproof.ledger.recognition import marks_of

SETTLE_SECONDS = 3.0
FLUSH_SECONDS = 60.0
_TICK_SECONDS = 1.0
_JOIN_SECONDS = 2.0

LookAt = Callable[[Path], Look]
Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent of this machine. `every_hours` is how often all internal disks are looked at; the rest is for tests to replace."""

    desk: Desk
    look_at: LookAt
    say: Say
    every_hours: float = 24.0
    find: Callable[[str], Disk | None] = disk
    find_all: Callable[[], Iterable[Disk]] = disks
    settle_seconds: float = SETTLE_SECONDS
    flush_seconds: float = FLUSH_SECONDS
    clock: Callable[[], float] = time.time
    stopping: threading.Event = field(default_factory=threading.Event)
    _due: dict[str, float] = field(default_factory=dict)
    _todo: list[Disk] = field(default_factory=list)
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _looking: str = ""

    def run(self, source: Source) -> None:
        """Work until `stopping` is set. A look that is under way then is given up: it is taken again at the next start."""
        if source.why:
            self.say(source.why)
        worker = threading.Thread(target=self._work, daemon=True, name="looking")
        worker.start()
        flush_at, failures = 0.0, 0
        while not self.stopping.is_set():
            if not worker.is_alive():
                raise StoreError("a look at a disk failed in a way that nobody foresaw", hint="please report it")
            for name in source.wait(_TICK_SECONDS):
                self._due[name] = time.monotonic() + self.settle_seconds
            self._start_due()
            self._keep_schedule()
            if time.monotonic() >= flush_at:
                sent = self.flush()
                failures = failures + 1 if sent is None or sent.why else 0
                flush_at = time.monotonic() + (pause_seconds(failures) if failures > 1 else self.flush_seconds)
        with self._wake:
            self._wake.notify_all()
        worker.join(_JOIN_SECONDS)

    def once(self, named: Sequence[Disk] = ()) -> bool:
        """Look at every internal disk, or those that are named, and send what waits; whether all of it was done and everything is
        with the register."""
        fine = True
        if not named:
            self.desk.state.looked(self.clock())
        for one in named or [one for one in self.find_all() if one.internal]:
            fine = self.look(one) and fine
        sent = self.flush()
        return fine and sent is not None and not sent.why and not sent.refused

    def look(self, one: Disk) -> bool:
        """Look at one disk and keep what was seen to be sent; whether that was done. Nothing of it is raised."""
        try:
            look = self.look_at(one.node)
            if look.inspection is not None and not marks_of(look.inspection).any:
                self.say(f"{one.node}: nothing on it tells it from another: not reported")
                return True
            number, made = self.desk.report(look, kind=one.kind)
        except LossproofError as error:
            said = str(error)
            self.say(said if said.startswith(f"{one.node}:") else f"{one.node}: {said}")
            return False
        protection = look.inspection.protection.value if look.inspection is not None else "not inspected"
        new = ", registered just now" if made.registered else ""
        more = ", reformatted" if Note.REFORMATTED in made.notes else ""
        self.say(f"{one.node}: {protection}, device {made.device}{new}{more}, queued as {number}")
        return True

    def flush(self) -> Sent | None:
        """Send what waits; None where it could not even be tried, which is said."""
        try:
            sent = self.desk.flush()
        except LossproofError as error:
            self.say(f"nothing was sent: {error}")
            return None
        if sent.facts:
            self.say(f"the register has {sent.facts} more facts")
        for reason in sent.refused[:3]:
            self.say(f"refused by the register and put aside: {reason}")
        if sent.why:
            self.say(f"{sent.left} wait to be sent: {sent.why}")
        return sent

    def _start_due(self) -> None:
        now = time.monotonic()
        for name in [name for name, at in self._due.items() if at <= now]:
            del self._due[name]
            found = self.find(name)
            if found is not None:
                self._add(found)

    def _keep_schedule(self) -> None:
        """Have the internal disks looked at when it is time, also after a restart: the time is kept in the state folder."""
        if self._busy():
            return
        now = self.clock()
        try:
            with self.desk.state.locked():
                last = self.desk.state.media().looked_at
            # A clock that was set back must not stop the schedule.
            if 0 <= now - last < self.every_hours * 3600:
                return
            self.desk.state.looked(now)
        except LossproofError as error:
            self.say(str(error))
            self.stopping.wait(self.flush_seconds)
            return
        for one in self.find_all():
            if one.internal:
                self._add(one)

    def _busy(self) -> bool:
        with self._wake:
            return bool(self._todo or self._looking)

    def _add(self, one: Disk) -> None:
        with self._wake:
            if one not in self._todo:
                self._todo.append(one)
            self._wake.notify_all()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._looking = ""
                while not self._todo and not self.stopping.is_set():
                    self._wake.wait(_TICK_SECONDS)
                if self.stopping.is_set():
                    return
                one = self._todo.pop(0)
                self._looking = one.node.name
            self.look(one)
