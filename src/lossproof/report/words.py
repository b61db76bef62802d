"""The plain words for every code that a report shows. A code without words here has spaces for underscores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossproof.model.volume import Access, Kdf, Layer, Protection
from lossproof.report.text import amount, number

if TYPE_CHECKING:
    from lossproof.model.holding import NotExamined, People

_IDENTIFIERS: dict[str, tuple[str, str]] = {
    "nhs_number": ("NHS number", "NHS numbers"),
    "chi_number": ("CHI number (Scotland)", "CHI numbers (Scotland)"),
    "hc_number": ("H&C number (Northern Ireland)", "H&C numbers (Northern Ireland)"),
    "nino": ("National Insurance number", "National Insurance numbers"),
    "utr": ("tax reference (UTR)", "tax references (UTR)"),
    "passport": ("passport number", "passport numbers"),
    "driving_licence": ("driving licence number", "driving licence numbers"),
    "pnc_id": ("police record number (PNC)", "police record numbers (PNC)"),
    "cro_number": ("criminal record number (CRO)", "criminal record numbers (CRO)"),
    "prison_number": ("prison number", "prison numbers"),
    "bank_account": ("bank account", "bank accounts"),
    "iban": ("IBAN (bank account)", "IBANs (bank accounts)"),
    "payment_card": ("payment card number", "payment card numbers"),
    "email": ("e-mail address", "e-mail addresses"),
    "phone": ("phone number", "phone numbers"),
    "postcode": ("postcode", "postcodes"),
    "date_of_birth": ("date of birth", "dates of birth"),
}

_CATEGORIES = {
    "health": "health",
    "criminal_offence": "criminal offences",
}

_SCHEMES = {
    "luks1": "LUKS1",
    "luks2": "LUKS2",
    "bitlocker": "BitLocker",
    "filevault2": "FileVault 2",
    "apfs": "APFS",
    "hardware": "Self-encrypting stick",
    "truecrypt": "TrueCrypt",
    "veracrypt": "VeraCrypt",
    "headerless": "Random-looking bytes",
    "gpt": "GPT partition table",
    "mbr": "MBR partition table",
    "lvm2": "LVM2",
    "linux_raid": "Linux RAID",
    "fat": "FAT",
    "exfat": "exFAT",
    "ntfs": "NTFS",
    "ext": "ext",
    "xfs": "XFS",
    "btrfs": "Btrfs",
    "hfs": "HFS",
    "hfsplus": "HFS+",
    "iso9660": "ISO 9660",
    "udf": "UDF",
    "swap": "Swap space",
    "squashfs": "SquashFS",
    "xfs_external_log": "XFS log",
    "blank": "Blank",
    "unrecognised": "Not recognised",
}

# One of it, several of it, and the whole sentence.
_LOCKED = ("locked file", "locked files", "Locked with a password: nobody looked inside")
_DAMAGED = ("damaged file", "damaged files", "Damaged, or not what its name says")
_PICTURE = ("picture", "pictures", "A picture or scan: it may show personal data, and pictures are not read")

_NOT_EXAMINED: dict[str, tuple[str, str, str]] = {
    "encrypted": _LOCKED,
    "damaged": _DAMAGED,
    "too_large": ("too large", "too large", "Too large to read safely"),
    "too_slow": ("too slow", "too slow", "It took longer to read than any real file of its size"),
    "too_deep": ("packed too deep", "packed too deep", "Folders or files inside files, beyond any real use"),
    "nested_too_deep": ("packed too deep", "packed too deep", "Folders or files inside files, beyond any real use"),
    "archive_bomb": ("archive bomb", "archive bombs", "An archive that unpacks to far more than a medium holds"),
    "image_not_read": _PICTURE,
    "scanned_page": ("scanned page", "scanned pages", "A page that is only a picture, and pictures are not read"),
    "media_not_read": ("recording", "recordings", "Sound or video: nobody listened to it or watched it"),
    "program_not_read": ("program", "programs", "A program, not a document"),
    "archive_not_read": ("archive not read", "archives not read", "A kind of archive that is not read"),
    "unsupported_format": (
        "document of a kind not read",
        "documents of a kind not read",
        "A kind of document that is not read: only its plain text was",
    ),
    "unknown_format": (
        "file of unknown kind",
        "files of unknown kind",
        "A kind of file that is not known: only its plain text was read",
    ),
    "compressed": ("compressed file", "compressed files", "Compressed by Windows in a way that is not read"),
    "deduplicated": ("deduplicated file", "deduplicated files", "Deduplicated by Windows: its bytes are elsewhere"),
    "online_only": ("online-only file", "online-only files", "Only a pointer is here: the file is in an online store"),
    "file_system_not_examined": (
        "file system not read",
        "file systems not read",
        "A file system whose files are not read one by one: only its plain text was searched",
    ),
    "not_decrypted": (
        "encrypted volume not opened",
        "encrypted volumes not opened",
        "An encrypted volume that a finder could open: it was not opened here",
    ),
    "unrecognised": (
        "part not recognised",
        "parts not recognised",
        "Nobody knows what it is: only plain text was searched",
    ),
    "random_looking": ("random-looking part", "random-looking parts", "It looks random: encrypted, or wiped"),
    "plain_in_ciphertext": (
        "stretch that is not encrypted",
        "stretches that are not encrypted",
        "Among the encrypted bytes some are not: old contents may show through",
    ),
    "remains": (
        "stretch of leftover bytes",
        "stretches of leftover bytes",
        "Leftover bytes that are neither blank nor text: they may be remains of documents",
    ),
    "sampled_only": ("range read in part", "ranges read in part", "Only samples of it were read"),
    "permission": ("without permission", "without permission", "There was no permission to read it"),
    "unreadable": ("read error", "read errors", "The medium or the system could not read it"),
    "vanished": ("that vanished", "that vanished", "It disappeared while the check ran"),
    "special_file": ("pipe or device", "pipes or devices", "A pipe, socket or device, which holds no text"),
    "link": ("link not followed", "links not followed", "A link that leads elsewhere or nowhere"),
    "interrupted": ("part not reached", "parts not reached", "Not reached: the check was stopped"),
    "crashed": ("that the reader failed on", "that the reader failed on", "The reader failed on it"),
}

_NOT_ENFORCED = {
    "no_landlock": "the system could not bar the file reader from other files",
    "no_seccomp": "the system could not limit what the file reader may ask of it",
    "no_network_filter": "the system could not bar the file reader from the network",
    "no_limits": "the system could not limit the file reader's memory and time",
}

_LINKING_RULES = {
    "R1": "the same official number",
    "R2": "the same birth date and postcode, with matching names",
    "R2b": "the same birth date and phone number, with matching names",
    "R3": "the same birth date and surname, with a matching forename",
    "R3b": "the same birth date and forename, with a similar surname",
    "R4": "the same name with the same phone number, e-mail address or postcode",
    "R5": "a name alone, where only one person bears it",
}

PROTECTION = {
    Protection.PROTECTED: "encrypted",
    Protection.WEAK: "weakly encrypted",
    Protection.PARTIAL: "partly encrypted",
    Protection.UNPROTECTED: "not encrypted",
    Protection.UNKNOWN: "not known",
}
"""What one inspection saw, as a person would say it."""

ACCESS = {
    Access.YES: "yes",
    Access.NO: "no",
    Access.PARTLY: "in part",
    Access.UNKNOWN: "not known",
}
"""The answer to "can it be read without a password?"."""


def humanised(code: str) -> str:
    """A code as words: underscores become spaces."""
    return code.replace("_", " ")


def identifier(kind: str, value: int) -> str:
    """The name of an identifier, for one or for several of it."""
    singular, plural = _IDENTIFIERS.get(kind, (humanised(kind), humanised(kind)))
    return singular if value == 1 else plural


def category(kind: str) -> str:
    """The name of a category of personal data, such as `criminal offences`."""
    return _CATEGORIES.get(kind, humanised(kind))


def scheme(layer: Layer) -> str:
    """The name of a layer's scheme: `FAT32` and `ext4` by their version, others by their own name."""
    if layer.scheme in ("fat", "ext") and layer.version:
        return layer.version
    if layer.scheme in _SCHEMES:
        return _SCHEMES[layer.scheme]
    # Short names of formats are abbreviations: F2FS, QCOW2, ZFS.
    return layer.scheme.upper() if len(layer.scheme) <= 6 and layer.scheme.isalnum() else humanised(layer.scheme)


def seen(layer: Layer) -> str:
    """How a layer is protected; a blank range holds nothing to protect."""
    if layer.scheme == "blank" and "sampled_only" not in layer.findings:
        return "nothing stored"
    return PROTECTION[layer.protection]


def not_examined(item: NotExamined) -> str:
    """Why something was not examined, in one short sentence without a full stop."""
    if item.reason in _NOT_EXAMINED:
        return _NOT_EXAMINED[item.reason][2]
    return item.text.rstrip(".") or humanised(item.reason).capitalize()


def not_examined_count(reason: str, value: int) -> str:
    """How many things were not examined for one reason: `9 pictures`, `2 damaged files`."""
    one, several, _ = _NOT_EXAMINED.get(reason, (humanised(reason),) * 3)
    return f"{number(value)} {one if value == 1 else several}"


def not_enforced(code: str) -> str:
    """What the system could not enforce while hostile bytes were read."""
    return _NOT_ENFORCED.get(code, humanised(code))


def linking_rule(code: str) -> str:
    """What two mentions had in common when a rule took them for one person."""
    return _LINKING_RULES.get(code, humanised(code))


def key_derivation(kdf: Kdf | None) -> str:
    """A key derivation function with its cost, or nothing."""
    if kdf is None:
        return ""
    costs = [kdf.hash or ""]
    if kdf.iterations is not None:
        costs.append(amount(kdf.iterations, "round"))
    if kdf.memory_kib is not None:
        costs.append(f"{number(kdf.memory_kib)} KiB of memory")
    if kdf.lanes is not None:
        costs.append(amount(kdf.lanes, "lane"))
    stated = ", ".join(cost for cost in costs if cost)
    return f"{kdf.name} ({stated})" if stated else kdf.name


def protectors(layer: Layer) -> str:
    """The ways to the key, each kind once with how many there are of it."""
    kinds: dict[str, int] = {}
    for protector in layer.protectors:
        kinds[protector.kind] = kinds.get(protector.kind, 0) + 1
    return ", ".join(_protector(kind, times) for kind, times in kinds.items())


def people(value: int) -> str:
    """`1 person`, `2 people`."""
    return amount(value, "person", "people")


def about(count: People) -> str:
    """The best single answer: `about 5,012 people`, or `12 people` where the range is one number."""
    return people(count.point) if count.low == count.high else f"about {people(count.point)}"


def spread(count: People) -> str:
    """The honest range: `4,990 to 5,080`."""
    return f"{number(count.low)} to {number(count.high)}"


def _protector(kind: str, times: int) -> str:
    if kind == "clear_key":
        return "clear key (lies open to anyone)"
    return humanised(kind) if times == 1 else amount(times, humanised(kind))
