"""Verdicts about made-up media. Nobody in them exists."""

from __future__ import annotations

from dataclasses import replace

from lossproof.model.holding import FileHolding, Holding, IdentifierCount, NotExamined, People, RawText, Scanned
from lossproof.model.verdict import Standing, Verdict
from lossproof.model.volume import Access, Content, Extent, Inspection, Kdf, Layer, Protection, Protector, Reason

MIB = 1 << 20
TOOL = "lossproof 0.1.0"
MADE_AT = "2031-05-04T09:14:00Z"

NOT_ENCRYPTED = Reason(
    code="plain_file_system", text="FAT32 is a plain file system: whoever plugs the stick in can read every file."
)
IN_PLAIN = (NOT_ENCRYPTED,)
_PART_UNKNOWN = Reason(code="unknown_ranges", text="Part of it could not be identified.")


def layer(scheme: str, first_mib: float, mib: float, **more: object) -> Layer:
    """A layer at whole or part MiB."""
    return replace(Layer(scheme=scheme, offset_bytes=int(first_mib * MIB), size_bytes=int(mib * MIB)), **more)


def plain(scheme: str, first_mib: float, mib: float, **more: object) -> Layer:
    return layer(
        scheme, first_mib, mib, protection=Protection.UNPROTECTED, readable=Access.YES, reasons=IN_PLAIN, **more
    )


def inspection(
    target: str, mib: float, layers: tuple[Layer, ...], protection: Protection, access: Access, *reasons: Reason
) -> Inspection:
    return Inspection(
        target=target,
        size_bytes=int(mib * MIB),
        protection=protection,
        readable_without_secret=access,
        reasons=reasons,
        layers=layers,
        bytes_read=412_672,
        header_sha256="5f" * 32,
        tool=TOOL,
    )


def _stick() -> Inspection:
    return inspection(
        "stick.img",
        64,
        (
            layer(
                "mbr",
                0,
                64,
                protection=Protection.UNPROTECTED,
                readable=Access.YES,
                layers=(
                    plain("fat", 1, 62.5, version="FAT32", uuid="5EED-0001"),
                    layer("unrecognised", 63.5, 0.5, findings=("outside_partitions",)),
                ),
            ),
        ),
        Protection.UNPROTECTED,
        Access.YES,
        NOT_ENCRYPTED,
    )


_FILES = (
    (
        "clinic/Outpatients spring.xlsx",
        2_310,
        {"nhs_number": 2_310, "date_of_birth": 2_270, "postcode": 1_904},
        "health",
    ),
    ("clinic/waiting list.tsv", 1_620, {"nhs_number": 1_620, "phone": 1_488}, "health"),
    ("clinic/letters/recall.docx", 904, {"nhs_number": 904}, "health"),
    ("probation/risk register.csv", 640, {"pnc_id": 640, "date_of_birth": 640}, "criminal_offence"),
    ("probation/prison.sqlite", 512, {"prison_number": 512}, "criminal_offence"),
    ("office/payroll 2031-04.csv", 151, {"nino": 151, "bank_account": 151}, None),
    ("office/old payroll.csv", 149, {"nino": 149, "bank_account": 147}, None),
    ("mail/Re referral.eml", 88, {"nhs_number": 88, "email": 3}, "health"),
)


def exposed_holding(target: str = "stick.img") -> Holding:
    """A typical find: a clinic's and a probation contractor's files on one stick."""
    files = tuple(
        FileHolding(
            path=path,
            people=people,
            identifiers=found,
            categories={category: people} if category else {},
            size_bytes=people * 97,
            deleted="old" in path,
        )
        for path, people, found, category in _FILES
    )
    letters = tuple(
        FileHolding(
            path=f"clinic/letters/letter {place:03}.txt",
            people=2,
            identifiers={"nhs_number": 1},
            categories={"health": 1},
            size_bytes=1_900,
        )
        for place in range(1, 24)
    )
    return Holding(
        target=target,
        people=People(low=4_990, point=5_012, high=5_080),
        people_by_category={"health": 4_203, "criminal_offence": 652},
        identifiers={
            "nhs_number": IdentifierCount(distinct=4_188, mentions=9_102),
            "date_of_birth": IdentifierCount(distinct=3_911, mentions=8_806),
            "postcode": IdentifierCount(distinct=2_377, mentions=6_210),
            "phone": IdentifierCount(distinct=1_702, mentions=2_015),
            "pnc_id": IdentifierCount(distinct=652, mentions=1_204),
            "prison_number": IdentifierCount(distinct=512, mentions=512),
            "nino": IdentifierCount(distinct=151, mentions=300),
            "bank_account": IdentifierCount(distinct=151, mentions=298),
        },
        unattributed={"payment_card": 12},
        files=files + letters,
        named_only=118,
        not_examined=(
            *(
                NotExamined(path=f"photos/IMG_{place:04}.jpg", reason="image_not_read", text="a photograph: no OCR")
                for place in range(1, 10)
            ),
            NotExamined(path="clinic/minutes (protected).docx", reason="encrypted", text="a password protects it"),
            NotExamined(path="clinic/broken.xlsx", reason="damaged", text="the file is damaged"),
        ),
        scanned=Scanned(files=212, bytes=31_480_224, deleted_files=3),
        raw=RawText(
            people=People(low=31, point=33, high=36),
            identifiers={"nhs_number": IdentifierCount(distinct=33, mentions=40)},
            scanned_bytes=24_000_512,
        ),
        rests_on={"R1": 4_020, "R2": 311, "R3": 95, "R4": 22, "R5": 140},
        not_enforced=("no_landlock",),
    )


def exposed() -> Verdict:
    """Readable, and people in it."""
    return Verdict(
        target="stick.img",
        exposed=True,
        standing=Standing.UNPROTECTED,
        inspection=_stick(),
        holding=exposed_holding(),
        reasons=(
            NOT_ENCRYPTED,
            Reason(code="people_found", text="Records of people were found in files that anyone can read."),
            Reason(code="not_all_examined", text="11 files could not be examined; they may hold more."),
        ),
    )


def _luks(protection: Protection = Protection.PROTECTED, **more: object) -> Layer:
    argon = Kdf(name="argon2id", hash="sha256", iterations=4, memory_kib=1_048_576, lanes=4)
    return layer(
        "luks2",
        1,
        998,
        version="2",
        uuid="2f6c0d7e-0000-4000-8000-000000000001",
        cipher="aes-xts-plain64",
        key_bits=512,
        kdf=argon,
        protectors=(Protector(kind="keyslot", id="0", kdf=argon), Protector(kind="keyslot", id="1", kdf=argon)),
        state="encrypted",
        extents=(
            Extent(offset_bytes=1 * MIB, size_bytes=16 * MIB, content=Content.METADATA),
            Extent(offset_bytes=17 * MIB, size_bytes=982 * MIB, content=Content.CIPHERTEXT),
        ),
        protection=protection,
        readable=Access.NO if protection is Protection.PROTECTED else Access.UNKNOWN,
        reasons=(Reason(code="encrypted", text="Everything in it is encrypted with a strong cipher and key."),),
        **more,
    )


def protected() -> Verdict:
    """Encrypted, nothing outside the volume."""
    good = Reason(code="encrypted", text="Everything in it is encrypted with a strong cipher and key.")
    seen = inspection(
        "laptop.img",
        1_000,
        (
            layer(
                "gpt",
                0,
                1_000,
                protection=Protection.PROTECTED,
                readable=Access.NO,
                layers=(_luks(), layer("blank", 999, 0.96, findings=("outside_partitions",))),
            ),
        ),
        Protection.PROTECTED,
        Access.NO,
        good,
    )
    return Verdict(
        target="laptop.img",
        exposed=False,
        standing=Standing.PROTECTED,
        inspection=seen,
        holding=None,
        reasons=(good,),
        valid_until="2035-01-01T00:00:00Z",
    )


def nobody_found() -> Verdict:
    """Readable, everything examined, nobody."""
    holding = Holding(target="stick.img", scanned=Scanned(files=40, bytes=2_100_000))
    reason = Reason(code="nobody_found", text="Everything readable was examined, and no records of people were found.")
    return Verdict(
        target="stick.img",
        exposed=False,
        standing=Standing.UNPROTECTED,
        inspection=_stick(),
        holding=holding,
        reasons=(reason,),
    )


def photographs() -> Verdict:
    """Readable, and nothing in it that can be examined."""
    holding = Holding(
        target="camera.img",
        scanned=Scanned(files=214, bytes=802_117_330),
        not_examined=tuple(
            NotExamined(path=f"DCIM/100CANON/IMG_{place:04}.JPG", reason="image_not_read", text="a photograph: no OCR")
            for place in range(1, 215)
        ),
    )
    seen = inspection(
        "camera.img", 1_024, (plain("exfat", 0, 1_024),), Protection.UNPROTECTED, Access.YES, NOT_ENCRYPTED
    )
    return Verdict(
        target="camera.img",
        exposed=None,
        standing=Standing.UNPROVEN,
        inspection=seen,
        holding=holding,
        reasons=(
            NOT_ENCRYPTED,
            Reason(
                code="not_all_examined",
                text="214 files could not be examined, so nobody can say that nobody is in them.",
            ),
        ),
    )


def weak() -> Verdict:
    """Encrypted in a way that does not hold, with a volume inside that was unlocked."""
    inside = plain("ext", 17, 982, version="ext4", uuid="2f6c0d7e-0000-4000-8000-000000000002")
    why = Reason(code="weak_scheme", text="The password can be guessed quickly: the key derivation costs too little.")
    seen = inspection(
        "old-laptop.img",
        1_200,
        (
            layer(
                "gpt",
                0,
                1_200,
                layers=(
                    _luks(Protection.WEAK, layers=(inside,)),
                    layer("swap", 999, 150, protection=Protection.UNPROTECTED, readable=Access.YES),
                    layer(
                        "headerless",
                        1_149,
                        50,
                        reasons=(Reason(code="random_looking", text="It looks random: nobody can tell."),),
                    ),
                ),
            ),
        ),
        Protection.WEAK,
        Access.UNKNOWN,
        why,
    )
    return Verdict(
        target="old-laptop.img",
        exposed=None,
        standing=Standing.WEAK,
        inspection=seen,
        holding=None,
        reasons=(_PART_UNKNOWN, why),
    )


def folder() -> Verdict:
    """A folder: its volume was not inspected."""
    holding = replace(
        exposed_holding("/media/clinic"),
        not_examined=(),
        people=People(low=12, point=12, high=12),
        files=exposed_holding().files[:2],
    )
    reason = Reason(
        code="people_found", text="Records of people were found, and the folder could be read when it was checked."
    )
    return Verdict(
        target="/media/clinic",
        exposed=True,
        standing=Standing.UNPROTECTED,
        inspection=None,
        holding=holding,
        reasons=(reason,),
    )


def unlocked_folder() -> Verdict:
    """A folder on a volume that is proved protected."""
    reason = Reason(code="unlocked_now", text="The volume is encrypted; it was unlocked when the folder was read.")
    return replace(folder(), exposed=False, standing=Standing.PROTECTED, reasons=(reason,))


def interrupted() -> Verdict:
    """Stopped early: nobody found so far."""
    holding = Holding(
        target="stick.img",
        interrupted=True,
        scanned=Scanned(files=11, bytes=1_000_200),
        not_examined=(NotExamined(path="(the rest)", reason="interrupted", text="the check was stopped"),),
    )
    return Verdict(
        target="stick.img",
        exposed=None,
        standing=Standing.UNPROVEN,
        inspection=_stick(),
        holding=holding,
        reasons=(
            NOT_ENCRYPTED,
            Reason(code="interrupted", text="The check was stopped before everything was examined."),
        ),
    )


HOSTILE_NAMES = (
    "<script>alert(1)</script>.csv",
    '"><img src=x onerror=alert(1)>.txt',
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred.csv",
    "gpj.\u202egnp.exe",
    "not-utf8-\udce9\udcff.txt",
    "line\nbreak\r\tand tab.csv",
    "病院 患者一覧 " + "患" * 120 + ".xlsx",
    "e\u0301\u0301\u0301\u0301 zalgo.csv",
    "'; drop table people; --.sqlite",
    "</title></style><style>*{display:none}</style>.csv",
    "&lt;b&gt;already&amp;escaped.csv",
    "a" * 400 + ".csv",
)


def hostile() -> Verdict:
    """File names that try to break out of the report."""
    files = tuple(
        FileHolding(
            path=name, people=len(HOSTILE_NAMES) - place, identifiers={"nhs_number": 1}, categories={}, size_bytes=10
        )
        for place, name in enumerate(HOSTILE_NAMES)
    )
    holding = replace(
        exposed_holding(),
        target=HOSTILE_NAMES[1],
        files=files,
        not_examined=tuple(
            NotExamined(path=name, reason="new_<code>", text="a <b>new</b> reason\x1b[0m") for name in HOSTILE_NAMES
        ),
        identifiers={
            "nhs_number": IdentifierCount(distinct=3, mentions=4),
            "<i>kind</i>": IdentifierCount(distinct=1, mentions=1),
        },
    )
    base = exposed()
    assert base.inspection is not None
    return replace(
        base,
        target=HOSTILE_NAMES[0],
        holding=holding,
        inspection=replace(
            base.inspection,
            target=HOSTILE_NAMES[0],
            layers=(
                replace(
                    base.inspection.layers[0],
                    scheme="<svg onload=x>",
                    uuid='"><b>',
                    cipher="a<b",
                    state="\x1b[1m",
                    layers=(),
                ),
            ),
        ),
        reasons=(Reason(code="x<y", text="reason with <script>alert(2)</script>"),),
    )


def huge() -> Verdict:
    """10,000 files with findings, 10,000 not examined, 200 parts."""
    files = tuple(
        FileHolding(
            path=f"archive/{place % 97:02}/case {place:05}.pdf",
            people=1 + 10_000 // (place + 1),
            identifiers={"nhs_number": 2},
            categories={"health": 1},
            size_bytes=81_000,
        )
        for place in range(10_000)
    )
    not_examined = tuple(
        NotExamined(
            path=f"scans/{place % 89:02}/page {place:05}.tif",
            reason=("image_not_read", "damaged", "encrypted")[place % 3],
        )
        for place in range(10_000)
    )
    parts = tuple(plain("fat", place, 1, version="FAT16") for place in range(1, 200))
    base = exposed()
    return replace(
        base,
        holding=replace(exposed_holding(), files=files, not_examined=not_examined),
        inspection=inspection(
            "stick.img", 200, (layer("gpt", 0, 200, layers=parts),), Protection.UNPROTECTED, Access.YES, NOT_ENCRYPTED
        ),
        reasons=tuple(
            Reason(code=f"r{place}", text=f"Reason {place} of many, in a sentence of some length.")
            for place in range(40)
        ),
    )


def empty() -> Verdict:
    """As little as a verdict can hold."""
    return Verdict(target="", exposed=None, standing=Standing.UNPROVEN, inspection=None, holding=None, reasons=())


ALL = {
    function.__name__: function
    for function in (
        exposed,
        protected,
        nobody_found,
        photographs,
        weak,
        folder,
        unlocked_folder,
        interrupted,
        hostile,
        huge,
        empty,
    )
}
