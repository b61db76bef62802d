"""What was just plugged in: block devices as udev announces them (libudev by pyudev), once udev itself is done with them.

Where there is no pyudev, or no udev to listen to, nothing is announced and only the schedule remains: `why` says so.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any, Protocol

_BUFFER_BYTES = 8 << 20
_NEW = frozenset({"add", "change"})


class Source(Protocol):
    """Where news of disks come from."""

    why: str
    """Why there will be none; empty where there may be."""

    def wait(self, seconds: float) -> list[str]:
        """The kernel names of the whole disks of which there was news within so many seconds; returns early with the first."""


class NoSource:
    """No news, ever."""

    def __init__(self, why: str) -> None:
        self.why = why

    def wait(self, seconds: float) -> list[str]:
        """Nothing, after so many seconds."""
        time.sleep(seconds)
        return []


class UdevSource:
    """What udev announces (`source` `udev`), or the kernel alone where udev does not run (`kernel`)."""

    def __init__(self, monitor: Any) -> None:
        self.why = ""
        self._monitor = monitor

    def wait(self, seconds: float) -> list[str]:
        """The names of disks that came, or got a medium, within so many seconds."""
        event = self._monitor.poll(seconds)
        found: list[str] = []
        while event is not None:
            if event.device_type == "disk" and event.action in _NEW and _has_news(event):
                found.append(str(event.sys_name))
            event = self._monitor.poll(0)
        return found


def _has_news(event: Any) -> bool:
    """A disk that came; or, of one that was there, only that its medium was changed: everything else that changes is noise."""
    return bool(event.action == "add" or event.properties.get("DISK_MEDIA_CHANGE") == "1")


def open_source(kind: str = "udev") -> Source:
    """Listen to udev, or say why that cannot be."""
    try:
        pyudev = import_module("pyudev")
    except ImportError:
        return NoSource("pyudev is not installed (lossproof[agent]): disks are looked at on schedule alone")
    try:
        monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=kind)
        monitor.filter_by("block")
        monitor.set_receive_buffer_size(_BUFFER_BYTES)
        monitor.start()
    except (OSError, ValueError):
        return NoSource("udev cannot be listened to: disks are looked at on schedule alone")
    return UdevSource(monitor)
