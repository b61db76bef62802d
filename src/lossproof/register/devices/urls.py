"""Routes about devices."""

from __future__ import annotations

from django.urls import path, register_converter
from django.utils.translation import gettext_lazy as _

from lossproof.register.devices import acting, listing, page
from lossproof.register.web.navigation import Entry


class RandomIdConverter:
    """An id as facts have it: 128 bits in hexadecimal."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


class AskConverter(RandomIdConverter):
    """What may be asked of IT."""

    regex = "encrypt|does_not_encrypt"


register_converter(RandomIdConverter, "random_id")
register_converter(AskConverter, "ask")

urlpatterns = [
    path("devices", listing.devices, name="devices"),
    path("devices.csv", listing.devices_csv, name="devices_csv"),
    path("devices/new", listing.new_device, name="new_device"),
    path("devices/<random_id:device>", page.device, name="device"),
    path("devices/<random_id:device>/change", listing.change_device, name="change_device"),
    path("devices/<random_id:device>/end", listing.end_device, name="end_device"),
    path("devices/<random_id:device>/contents", acting.contents, name="contents"),
    path("devices/<random_id:device>/ask/<ask:wanted>", acting.ask, name="ask"),
    path("devices/<random_id:device>/answer/<random_id:asked>", acting.answer, name="answer"),
    path("devices/<random_id:device>/exception", acting.allow, name="allow"),
    path("devices/<random_id:device>/exception/<random_id:exception>/end", acting.end_allowance, name="end_allowance"),
    path("labels", acting.labels, name="labels"),
]

NAVIGATION = (
    Entry(
        order=20,
        name="devices",
        text=_("Devices"),
        duties=frozenset(listing.LISTERS),
    ),
)
