"""A BitLocker volume by what Windows says of it, as a layer. Specification: Win32_EncryptableVolume (Microsoft Learn, Security
WMI providers), methods GetConversionStatus, GetProtectionStatus, GetEncryptionMethod and GetKeyProtectorType.

Every answer that is missing is a doubt, so that only a volume of which all is said, and all is well, can be protected: wholly
converted, protection on, a known cipher, free space encrypted or wiped, and a protector that is a secret. Protectors of types 9
(TPM and certificate) and 10 (CNG) are not known to be one. Left out: which of the protectors somebody could still use.
"""

from __future__ import annotations

from typing import NamedTuple

from lossproof.model.volume import Layer, Protector
from lossproof.wire.reports.layers import plain

FULLY_DECRYPTED, FULLY_ENCRYPTED = 0, 1
_CONVERTING = {2: "encrypting", 3: "decrypting", 4: "encrypting", 5: "decrypting"}
_PAUSED = frozenset({4, 5})
_PROTECTION_OFF, _PROTECTION_ON = 0, 1
_HARDWARE = 5
_USED_SPACE_ONLY, _WIPED = 1, 1

_METHODS = {
    1: ("aes-cbc-elephant", 128),
    2: ("aes-cbc-elephant", 256),
    3: ("aes-cbc", 128),
    4: ("aes-cbc", 256),
    6: ("aes-xts", 128),
    7: ("aes-xts", 256),
}
_PROTECTORS = {
    1: "tpm",
    2: "startup_key",
    3: "recovery_password",
    4: "tpm_pin",
    5: "tpm_startup_key",
    6: "tpm_pin_startup_key",
    7: "smart_card",
    8: "password",
}
_SECRETS = frozenset(_PROTECTORS.values()) - {"tpm"}


class BitLockerVolume(NamedTuple):
    """What Windows says of one volume, in its own numbers. None where it does not say."""

    size_bytes: int = 0
    file_system: str = ""
    conversion: int | None = None
    percentage: float | None = None
    flags: int | None = None
    wiping: int | None = None
    protection: int | None = None
    method: int | None = None
    protectors: tuple[int | None, ...] | None = None


def layer_of(volume: BitLockerVolume) -> Layer:
    """The layer of a volume. Its offset is 0: where it lies is not said in one word."""
    if volume.conversion == FULLY_DECRYPTED:
        return plain(volume.file_system, volume.size_bytes)
    cipher, key_bits = _METHODS.get(volume.method or 0, (None, None))
    suspended = volume.conversion == FULLY_ENCRYPTED and volume.protection == _PROTECTION_OFF
    states = {FULLY_ENCRYPTED: "suspended" if suspended else "encrypted", **_CONVERTING}
    state = None if volume.conversion is None else states.get(volume.conversion)
    findings = [*_conversion_findings(volume), *_method_findings(volume, cipher), *_protector_findings(volume)]
    if suspended:
        findings.append("clear_key")
    elif volume.protection != _PROTECTION_ON:
        findings.append("secret_not_shown")
    return Layer(
        scheme="bitlocker",
        offset_bytes=0,
        size_bytes=volume.size_bytes,
        cipher=cipher,
        key_bits=key_bits,
        protectors=tuple(Protector(kind=_kind(one)) for one in volume.protectors or ()),
        state=state,
        findings=tuple(dict.fromkeys(findings)),
    )


def _conversion_findings(volume: BitLockerVolume) -> list[str]:
    if volume.conversion in _CONVERTING:
        return ["conversion_incomplete", *(["conversion_paused"] if volume.conversion in _PAUSED else [])]
    if volume.conversion != FULLY_ENCRYPTED:
        return ["unknown_state"]
    findings = []
    if volume.percentage is not None and volume.percentage < 100:
        findings.append("conversion_incomplete")
    if volume.percentage is None or volume.flags is None:
        findings.append("encryption_not_shown")
    elif volume.flags & _USED_SPACE_ONLY and volume.wiping != _WIPED:
        findings.append("used_space_only")
    return findings


def _method_findings(volume: BitLockerVolume, cipher: str | None) -> list[str]:
    if volume.method == _HARDWARE:
        return ["opal_only"]
    return [] if cipher else ["cipher_unknown"]


def _protector_findings(volume: BitLockerVolume) -> list[str]:
    if volume.protectors is None:
        return ["secret_not_shown"]
    kinds = {_kind(one) for one in volume.protectors}
    if not kinds:
        return ["no_protector"]
    found = {
        "unknown_protector": "unknown" in kinds,
        "automatic_unlock": "tpm" in kinds,
        "no_recovery_protector": not kinds & {"recovery_password", "startup_key"},
        "secret_not_shown": not kinds & _SECRETS,
    }
    return [code for code, holds in found.items() if holds]


def _kind(number: int | None) -> str:
    return _PROTECTORS.get(number or 0, "unknown")
