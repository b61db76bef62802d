"""An asset list as rows of devices: which column is what, what the words for kinds mean, and what stands in each row.

A mapping says which heading is which field; it is guessed from the headings, shown, corrected and saved as JSON. Nothing else is
guessed: a word for a kind that is not known is an error of its row, because rules ask what kind a device is, and `kinds` of the
mapping says what such a word means here. Left out: makes, models, prices, places, and every heading that no field takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import msgspec

from lossproof.errors import FormatError, InputError
from lossproof.model.facts.registration import DeviceKind
from lossproof.wire.csv_out import unquoted
from lossproof.wire.reports.records import identifier, text
from lossproof.wire.table import Table, bare, cell


class Field(StrEnum):
    """What a column can be."""

    ASSET_TAG = "asset_tag"
    SERIAL = "serial"
    KIND = "kind"
    HOLDER = "holder"  # the e-mail address of who has it
    ORGANISATION = "organisation"
    STATUS = "status"


_SPELT = {
    Field.ASSET_TAG: """assettag asset assetno assetnumber assetid assetcode tag tagnumber tagno barcode inventorynumber
        inventoryno itassettag itassetnumber deviceid equipmentnumber""",
    Field.SERIAL: """serial serialnumber serialno serialnum sn sno snumber deviceserial deviceserialnumber hardwareserial
        manufacturerserialnumber servicetag""",
    Field.KIND: """kind type devicetype assettype category devicecategory assetcategory class equipmenttype formfactor
        devicekind""",
    Field.HOLDER: """holder holderemail email emailaddress useremail assignedto assignedtoemail assigneduser assigneeemail
        assignee checkedoutto checkoutto owneremail custodian custodianemail userprincipalname upn primaryuser primaryuserupn
        username useremailaddress""",
    Field.ORGANISATION: "organisation organization company contractor supplierorganisation organisationname companyname",
    Field.STATUS: "status assetstatus state lifecyclestatus lifecyclestate devicestatus",
}
_FIELD_OF = {name: one for one, names in _SPELT.items() for name in names.split()}
KNOWN = frozenset(_FIELD_OF)
"""Headings (bare) that an asset list is known by."""

_WORDS = {
    DeviceKind.LAPTOP: """laptop laptops notebook notebooks notebookcomputer laptopcomputer ultrabook macbook macbookpro
        macbookair chromebook toughbook thinkpad latitude portablecomputer portable""",
    DeviceKind.STICK: """stick usb usbstick usbsticks memorystick usbmemorystick usbdrive usbflashdrive flashdrive pendrive
        thumbdrive usbkey usbmemory encryptedusb encryptedusbstick""",
    DeviceKind.CARD: "card sdcard memorycard microsd microsdcard cfcard compactflash",
    DeviceKind.DISC: "disc cd dvd bluray opticaldisc cdrom dvdrom cddvd",
    DeviceKind.DISK: """disk harddisk harddrive externaldrive externalharddrive externaldisk portableharddrive portabledrive
        hdd ssd externalhdd externalssd usbharddrive backupdrive storage""",
    DeviceKind.TABLET: "tablet tablets ipad ipads tabletcomputer tabletpc",
    DeviceKind.PHONE: "phone phones mobile mobiles mobilephone smartphone iphone cellphone handset androidphone",
    DeviceKind.OTHER: """other desktop desktops desktopcomputer pc workstation server servers monitor printer imac thinclient
        dockingstation camera dictaphone scanner router switch projector""",
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words.split()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Which heading is which field, and words for kinds beside those that are known. Headings and words are compared bare."""

    columns: dict[Field, str]
    kinds: dict[str, DeviceKind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that something names a device, and that no column is two fields. Raises `ValueError`."""
        if not {Field.ASSET_TAG, Field.SERIAL} & self.columns.keys():
            raise ValueError("a mapping needs a column for the asset tag or for the serial number")
        if len({bare(heading) for heading in self.columns.values()}) < len(self.columns):
            raise ValueError("a mapping gives one column to two fields")


class AssetRow(NamedTuple):
    """One row. `number` counts from 1 in the file, blank rows left out; empty cells are None. `wrong` says what is wrong in it."""

    number: int
    asset_tag: str | None
    serial: str | None
    kind: DeviceKind | None
    holder: str | None
    organisation: str | None
    status: str | None
    wrong: str | None = None


def guess_mapping(table: Table) -> Mapping:
    """The mapping that the headings suggest: for each field the first that is spelt like it. Raises `FormatError` where none
    names a device."""
    columns: dict[Field, str] = {}
    for heading in table.headings:
        known = _FIELD_OF.get(bare(heading))
        if known is not None:
            columns.setdefault(known, heading)
    try:
        return Mapping(columns=columns)
    except ValueError:
        raise FormatError(
            "no heading of the table names an asset tag or a serial number",
            hint="say with a mapping which column is which",
        ) from None


def encode_mapping(mapping: Mapping) -> str:
    """The mapping as JSON, to be saved and corrected by hand."""
    shape = {
        "columns": {one.value: heading for one, heading in mapping.columns.items()},
        "kinds": {word: kind.value for word, kind in mapping.kinds.items()},
    }
    return json.dumps(shape, indent=2, ensure_ascii=False) + "\n"


def decode_mapping(content: bytes) -> Mapping:
    """The mapping in a saved JSON text. Raises `FormatError`."""
    try:
        return _decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FormatError(
            "the mapping is not of its shape",
            hint='such as {"columns": {"asset_tag": "Asset no", "kind": "Type"}, "kinds": {"Toughpad": "tablet"}}',
        ) from None


class _Saved(msgspec.Struct, forbid_unknown_fields=True):
    columns: dict[Field, str]
    kinds: dict[str, DeviceKind] = {}


def _decode(content: bytes) -> Mapping:
    saved = msgspec.json.decode(content, type=_Saved)
    return Mapping(columns=saved.columns, kinds=saved.kinds)


def asset_rows(table: Table, mapping: Mapping) -> Iterator[AssetRow]:
    """The rows of a table by a mapping. Raises `InputError` at once for a heading that the table has not, or has twice."""
    bares = [bare(heading) for heading in table.headings]
    places: dict[Field, int] = {}
    for one, heading in mapping.columns.items():
        if bares.count(bare(heading)) != 1:
            which = "no" if bare(heading) not in bares else "more than one"
            raise InputError(
                f"the table has {which} column for {one.value.replace('_', ' ')} by the heading that the mapping names",
                hint="correct the mapping, or the headings",
            )
        places[one] = bares.index(bare(heading))
    kinds = _KIND_OF | {bare(word): kind for word, kind in mapping.kinds.items()}
    return (_row(at, cells, places, kinds) for at, cells in enumerate(table.rows, table.first))


def _row(number: int, cells: list[str], places: dict[Field, int], kinds: dict[str, DeviceKind]) -> AssetRow:
    values = {one: unquoted(cell(cells, place)).strip() for one, place in places.items()}
    unfit = next((one for one, value in values.items() if value and not text(value)), None)
    word = bare(values.get(Field.KIND, ""))
    kind = kinds.get(word)
    wrong = None
    if unfit is not None:
        wrong = f"the cell for {unfit.value.replace('_', ' ')} is too long, or holds what cannot be shown"
    elif word and kind is None:
        wrong = "the kind of device is not a word that is known: correct it, or say what it means"
    tag, serial = identifier(values.get(Field.ASSET_TAG)), identifier(values.get(Field.SERIAL))
    if wrong is None and tag is None and serial is None:
        wrong = "the row has neither an asset tag nor a serial number"
    return AssetRow(
        number=number,
        asset_tag=tag,
        serial=serial,
        kind=kind,
        holder=values.get(Field.HOLDER) or None,
        organisation=values.get(Field.ORGANISATION) or None,
        status=values.get(Field.STATUS) or None,
        wrong=wrong,
    )
