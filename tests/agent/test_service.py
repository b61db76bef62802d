"""The agent at work, on news that are fed to it, and on a real block device where loop devices can be had."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from jobs.looks import looked_at
from lossproof.agent.media import Disk
from lossproof.agent.service import Agent
from lossproof.agent.watch import NoSource, UdevSource, open_source
from lossproof.errors import InputError, StoreError
from lossproof.jobs.check import examine
from lossproof.jobs.recording import Look
from lossproof.model.facts.registration import DeviceKind
from vector_files import cases

LOOKS = count(1)


def uuid_of(node: Path) -> str:
    return f"0d3c5b1e-2f4a-4f6e-8f10-7d2b4c6a{sum(node.name.encode()):04x}"


class Fed:
    """News of disks as a test feeds them."""

    why = ""

    def __init__(self, *news: list[str]) -> None:
        self._news = list(news)

    def wait(self, seconds: float) -> list[str]:
        time.sleep(0.01)
        return self._news.pop(0) if self._news else []


class Watched:
    """An agent whose disks are made up; what it looked at and said."""

    def __init__(self, desk, **more: object) -> None:
        self.looked: list[str] = []
        self.said: list[str] = []
        self.at_once = self.most_at_once = 0
        self.agent = Agent(
            desk=desk,
            look_at=self.look_at,
            say=self.said.append,
            find=lambda name: Disk(node=Path("/dev") / name, kind=DeviceKind.STICK, internal=False),
            find_all=lambda: [Disk(node=Path("/dev/sda"), kind=DeviceKind.LAPTOP, internal=True)],
            settle_seconds=0.05,
            flush_seconds=0.1,
            **more,
        )

    def look_at(self, node: Path) -> Look:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.02)
        self.at_once -= 1
        self.looked.append(node.name)
        return Look(inspection=replace(looked_at(uuid_of(node)), bytes_read=512 * next(LOOKS)))

    def run(self, source, *, until, seconds: float = 15.0) -> None:
        worker = threading.Thread(target=self.agent.run, args=(source,), daemon=True)
        worker.start()
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            time.sleep(0.02)
        self.agent.stopping.set()
        worker.join(10)
        assert not worker.is_alive() and until(), self.said


def test_a_disk_that_is_plugged_in_is_looked_at_once_however_much_is_said_of_it(desk, world):
    watched = Watched(desk)
    desk.state.looked(time.time())
    watched.run(Fed(["sdb"], ["sdb", "sdb"], [], ["sdb"]), until=lambda: len(world.projection.devices()) == 1)
    assert watched.looked == ["sdb"]
    assert any(line.startswith("/dev/sdb: unprotected, device ") for line in watched.said)


def test_internal_disks_are_looked_at_on_schedule_also_after_a_restart(desk, world):
    first = Watched(desk)
    first.run(Fed(), until=lambda: len(world.projection.devices()) == 1)
    assert first.looked == ["sda"]
    assert world.projection.devices()[0].kind == "laptop"
    second = Watched(desk)
    second.run(Fed(["sdb"]), until=lambda: len(world.projection.devices()) == 2)
    assert second.looked == ["sdb"]  # the day is not over
    third = Watched(desk, clock=lambda: time.time() + 25 * 3600)
    third.run(Fed(), until=lambda: third.looked == ["sda"])
    fourth = Watched(desk)  # the clock has gone back
    fourth.run(Fed(), until=lambda: fourth.looked == ["sda"])


def test_disks_are_looked_at_one_after_another(desk, world):
    watched = Watched(desk)
    watched.run(Fed(["sdb"], ["sdc"], ["sdd"], ["sde"]), until=lambda: len(world.projection.devices()) == 5)
    assert sorted(watched.looked) == ["sda", "sdb", "sdc", "sdd", "sde"] and watched.most_at_once == 1


def test_a_disk_that_cannot_be_read_does_not_stop_the_others(desk, world):
    watched = Watched(desk)

    def look_at(node: Path) -> Look:
        if node.name == "sda":
            raise InputError("/dev/sda: permission denied")
        return watched.look_at(node)

    watched.agent.look_at = look_at
    watched.run(Fed(["sdb"]), until=lambda: len(world.projection.devices()) == 1)
    assert "/dev/sda: permission denied" in watched.said


def test_what_nobody_foresaw_ends_the_agent_so_that_it_is_started_anew(desk):
    watched = Watched(desk)
    watched.agent.look_at = lambda node: 1 / 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda *_: None)
        with pytest.raises(StoreError, match="nobody foresaw"):
            watched.agent.run(Fed())


def test_a_medium_that_cannot_be_told_from_another_is_not_reported(desk, world):
    watched = Watched(desk)
    watched.agent.look_at = lambda node: Look(inspection=looked_at())
    assert watched.agent.once()
    assert not world.projection.devices() and "nothing on it tells it from another" in watched.said[0]


def test_once_says_whether_everything_is_with_the_register(desk, register):
    watched = Watched(desk)
    assert watched.agent.once()
    register.mood = lambda path, body: (503, "text/plain", b"")
    assert not watched.agent.once()
    assert "wait to be sent" in watched.said[-1]
    register.mood = lambda path, body: None
    named = [Disk(node=Path("/dev/sdx"), kind=DeviceKind.STICK, internal=False)]
    assert watched.agent.once(named) and watched.looked == ["sda", "sda", "sdx"]


def test_the_register_being_away_is_said_and_asked_again_later(desk, register, world):
    register.mood = lambda path, body: (503, "text/plain", b"") if len(register.requests) < 4 else None
    watched = Watched(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lossproof.agent.service.pause_seconds", lambda failures: 0.1)
        watched.run(Fed(), until=lambda: len(world.projection.devices()) == 1)
    assert any("wait to be sent" in line for line in watched.said)


# News from the system


class Event:
    def __init__(self, action: str, name: str, device_type: str = "disk", **properties: str) -> None:
        self.action, self.sys_name, self.device_type, self.properties = action, name, device_type, properties


class Monitor:
    def __init__(self, *events: Event) -> None:
        self._events = list(events)

    def poll(self, seconds: float) -> Event | None:
        return self._events.pop(0) if self._events else None


def test_only_disks_that_came_or_got_a_medium_are_news():
    events = [
        Event("add", "sdb"),
        Event("add", "sdb1", "partition"),
        Event("change", "sdc"),
        Event("change", "sdd", DISK_MEDIA_CHANGE="1"),
        Event("remove", "sde"),
        Event("bind", "sdf"),
    ]
    assert UdevSource(Monitor(*events)).wait(0) == ["sdb", "sdd"]


def test_without_pyudev_only_the_schedule_remains_and_that_is_said(monkeypatch):
    monkeypatch.setattr("lossproof.agent.watch.import_module", lambda name: (_ for _ in ()).throw(ImportError))
    source = open_source()
    assert isinstance(source, NoSource) and "on schedule alone" in source.why
    assert source.wait(0) == []


@contextlib.contextmanager
def loop_device(image: Path) -> Iterator[Path]:
    """A real block device over an image; skipped where none can be had."""
    try:
        made = subprocess.run(
            ["losetup", "--find", "--show", "--read-only", str(image)], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("losetup is not installed")
    if made.returncode != 0:
        pytest.skip("loop devices cannot be had here")
    node = Path(made.stdout.strip())
    try:
        yield node
    finally:
        subprocess.run(["losetup", "--detach", str(node)], check=True)


def test_a_real_block_device_is_checked_and_reported(desk, world, tmp_path):
    image = tmp_path / "stick.img"
    image.write_bytes(next(case.image for case in cases("luks2") if case.expect.get("protection") == "protected"))
    with loop_device(image) as node:

        def look_at(path: Path) -> Look:
            verdict, found = examine(path)
            return Look(inspection=verdict.inspection, found=found, exposed=verdict.exposed)

        watched = Watched(desk)
        watched.agent.look_at = look_at
        watched.agent.find = lambda name: Disk(node=node, kind=DeviceKind.STICK, internal=False)
        desk.state.looked(time.time())
        watched.run(Fed([node.name]), until=lambda: len(world.projection.devices()) == 1, seconds=60)
    (device,) = world.projection.devices()
    assert device.kind == "stick" and f"{node}: protected, device {device.subject}" in watched.said[0]


def test_the_kernels_own_news_of_a_real_block_device_arrive():
    source = open_source("kernel")
    if source.why:
        pytest.skip(source.why)
    assert isinstance(source.wait(0.05), list)
