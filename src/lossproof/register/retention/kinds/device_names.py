"""Serial numbers and asset tags of devices that have ended."""

from __future__ import annotations

from lossproof.register.retention.ended import of_devices

KIND = of_devices(
    "device_names",
    "all that a device was ever called; its random id, and digests that say nothing, are left",
    names=True,
)
