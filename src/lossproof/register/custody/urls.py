"""Routes about custody."""

from __future__ import annotations

from django.urls import path, register_converter
from django.utils.translation import gettext_lazy as _

from lossproof.register.custody import accepting, handing, mine, returning
from lossproof.register.devices.listing import KEEPERS
from lossproof.register.devices.urls import RandomIdConverter
from lossproof.register.web.navigation import Entry


class EventConverter(RandomIdConverter):
    """What can happen to a device without another person."""

    regex = "|".join(event.value for event in returning.BUTTONS)


class DigestConverter(RandomIdConverter):
    """The digest of a signed text."""

    regex = "[0-9a-f]{64}"


register_converter(DigestConverter, "signed_digest")
register_converter(EventConverter, "custody_event")

urlpatterns = [
    path("hand-over", handing.hand_over, name="hand_over"),
    path("devices/<random_id:device>/offer", handing.offer, name="offer"),
    path("devices/<random_id:device>/custody/<custody_event:event>", returning.happened, name="happened"),
    path("accept/<str:token>", accepting.accept, name="accept"),
    path("accepted", accepting.accepted, name="accepted"),
    path("declined", accepting.declined, name="declined"),
    path("my", mine.my, name="my"),
    path("my/offers/<random_id:handover>", mine.my_offer, name="my_offer"),
    path("my/<random_id:device>/return", mine.my_return, name="my_return"),
    path("my/<random_id:device>/missing", mine.my_missing, name="my_missing"),
    path("signed/<signed_digest:digest>", mine.signed, name="signed"),
    path("return", returning.returns, name="returns"),
    path("return/<custody_event:event>", returning.happened, name="several_happened"),
]

NAVIGATION = (
    Entry(order=15, name="my", text=_("My devices"), duties=frozenset(mine.HOLDERS)),
    Entry(order=30, name="hand_over", text=_("Hand over"), duties=frozenset(KEEPERS)),
    Entry(order=35, name="returns", text=_("Take back"), duties=frozenset(KEEPERS)),
)
