"""What pages call things: standings, kinds, states, events, reasons. Each word stands here once, to be translated."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lossproof.model.estate import CustodyState
from lossproof.model.fact import Authentication, Grade
from lossproof.model.facts.custody import CustodyEvent
from lossproof.model.facts.registration import DeviceKind, IdentifierScheme
from lossproof.model.facts.request import Ask
from lossproof.model.standing import Standing

Words = dict[str, str | Promise]

STANDINGS: Words = {
    Standing.UNPROTECTED: _("Not protected"),
    Standing.CONTRADICTED: _("Contradicted"),
    Standing.UNPROVEN: _("Not proved"),
    Standing.WEAK: _("Weak"),
    Standing.PROTECTED: _("Protected"),
    Standing.OUT_OF_SCOPE: _("No rule applies"),
}
STANDING_SENTENCES: Words = {
    Standing.UNPROTECTED: _("Somebody who finds this device can read it, or part of it."),
    Standing.CONTRADICTED: _("What is known of this device does not agree, so it does not count as protected."),
    Standing.UNPROVEN: _("Nothing shows that this device is protected. That does not mean that it is not."),
    Standing.WEAK: _("This device is encrypted, but not well enough to rely on."),
    Standing.PROTECTED: _("Somebody who finds this device cannot read it."),
    Standing.OUT_OF_SCOPE: _("No rule about encryption applies to this device now."),
}
PAST_SENTENCES: Words = {
    Standing.UNPROTECTED: _("Somebody who had found this device then could have read it, or part of it."),
    Standing.CONTRADICTED: _("What was known of this device did not agree, so it did not count as protected."),
    Standing.UNPROVEN: _("Nothing showed that this device was protected. That does not mean that it was not."),
    Standing.WEAK: _("This device was encrypted, but not well enough to rely on."),
    Standing.PROTECTED: _("Somebody who had found this device then could not have read it."),
    Standing.OUT_OF_SCOPE: _("No rule about encryption applied to this device then."),
}
KINDS: Words = {
    DeviceKind.STICK: _("USB stick"),
    DeviceKind.CARD: _("Memory card"),
    DeviceKind.DISC: _("CD or DVD"),
    DeviceKind.DISK: _("External disk"),
    DeviceKind.LAPTOP: _("Laptop"),
    DeviceKind.TABLET: _("Tablet"),
    DeviceKind.PHONE: _("Phone"),
    DeviceKind.OTHER: _("Other device"),
}
STATES: Words = {
    CustodyState.IN_STOCK: _("In stock"),
    CustodyState.OFFERED: _("Offered, not yet accepted"),
    CustodyState.HELD: _("Handed out"),
    CustodyState.RETURNED: _("Returned, not yet in stock"),
    CustodyState.MISSING: _("Missing"),
    CustodyState.FOUND: _("Found, not yet in quarantine"),
    CustodyState.QUARANTINED: _("In quarantine"),
    CustodyState.DESTROYED: _("Destroyed"),
}
NOT_RECORDED = _("Not recorded")
"""Where a device is of which no event is known; it counts as in stock."""
EVENTS: Words = {
    CustodyEvent.OFFERED: _("Offered"),
    CustodyEvent.ACCEPTED: _("Accepted"),
    CustodyEvent.DECLINED: _("Declined, or taken back"),
    CustodyEvent.RETURNED: _("Returned"),
    CustodyEvent.RESTOCKED: _("Put in stock"),
    CustodyEvent.TRANSFERRED: _("Passed on"),
    CustodyEvent.SIGHTED: _("Seen"),
    CustodyEvent.MISSING: _("Reported missing"),
    CustodyEvent.FOUND: _("Found"),
    CustodyEvent.QUARANTINED: _("Put in quarantine"),
    CustodyEvent.WIPED: _("Wiped"),
    CustodyEvent.DESTROYED: _("Destroyed"),
}
CUSTODY_REASONS: Words = {
    "issued": _("For their work"),
    "loan": _("A loan"),
    "replaced": _("In place of another device"),
    "repair": _("Repair"),
    "leaver": _("The holder is leaving"),
    "no_longer_needed": _("No longer needed"),
    "broken": _("It is broken"),
    "end_of_life": _("It is too old"),
    "lost": _("It was lost"),
    "stolen": _("It was stolen"),
    "left_behind": _("It was left somewhere"),
    "found_by_staff": _("Found by staff"),
    "found_by_public": _("Found by somebody else"),
    "amnesty": _("Handed in, and no questions asked"),
    "recorded_by_hand": _("Recorded by hand"),
    "other": _("Something else"),
}
EXEMPTIONS: Words = {
    "clinical_need": _("Care of a patient depends on it"),
    "device_of_a_patient": _("It belongs to a patient"),
    "medical_device": _("It is part of a medical device that cannot be encrypted"),
    "no_other_device": _("There is no other device"),
    "repair": _("It goes to be repaired"),
    "urgent": _("It is urgent"),
    "other": _("Something else"),
}
OUTCOMES: Words = {
    "encrypted": _("It was encrypted"),
    "encrypts_after_all": _("It is encrypted after all"),
    "replaced": _("It was replaced"),
    "returned": _("It was returned"),
    "refused": _("It was refused"),
    "withdrawn": _("Who asked no longer needs it"),
    "other": _("Something else"),
}
ASKS: Words = {
    Ask.ENCRYPT: _("Encrypt this device"),
    Ask.DOES_NOT_ENCRYPT: _("This device does not encrypt"),
}
ASKED: Words = {
    Ask.ENCRYPT: _("Encryption asked for"),
    Ask.DOES_NOT_ENCRYPT: _("Reported: it does not encrypt"),
}
KNOWN_BY: Words = {
    Authentication.LINK: _("by one-time link"),
    Authentication.PASSWORD: _("by password"),
    Authentication.TOTP: _("by password and one-time code"),
    Authentication.PASSKEY: _("by passkey"),
    Authentication.SIGN_ON: _("signed in elsewhere"),
    Authentication.KEY: _("by a key of their own"),
}
WHAT: Words = {
    "evidence": _("Checked"),
    "contents": _("People counted"),
    "exemption_made": _("Exception made"),
    "exemption_ended": _("Exception ended"),
    "registered": _("Registered"),
    "changed": _("Record changed"),
    "register": _("the register"),
    "ended": _("No longer registered"),
    "key": _("key"),
}
GRADES: Words = {
    Grade.CLAIMED: _("claimed by its processor"),
    Grade.IMPORTED: _("another system's word"),
    Grade.OBSERVED: _("observed"),
    Grade.EXAMINED: _("examined by an auditor"),
}
SCHEMES: Words = {
    IdentifierScheme.ASSET_TAG: _("Asset tag"),
    IdentifierScheme.SERIAL: _("Serial number"),
    IdentifierScheme.HEADER: _("Header seen by a check"),
    IdentifierScheme.VOLUME: _("Volume seen by a check"),
}


def choices(words: Words, *first: str) -> list[tuple[str, str | Promise]]:
    """What a form's choice takes: these words, or those alone that are named."""
    return [(str(code), words[code]) for code in first or words]
