"""The sealed lists of the people on devices that have ended."""

from __future__ import annotations

from lossproof.register.retention.ended import of_devices

KIND = of_devices("device_lists", "the sealed lists of the people on a device; counts are left", lists=True)
