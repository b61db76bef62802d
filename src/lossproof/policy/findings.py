"""What every finding means: one effect on the grade and one plain sentence a code.

A scheme states a code (`clear_key`), policy gives it its weight and its words, so that the same sight is judged the
same way in every format. A code that is not here weighs as doubt: it can never leave a volume `protected`. A new scheme
for a plain file system says `plain_file_system` among its findings, and needs no list to be edited. Left out: anything
about personal data; `check` adds those reasons.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from lossproof.model.volume import Reason


class Effect(IntEnum):
    """What a finding does to the grade of its layer. The higher wins."""

    NOTE = 0  # said, and weighs nothing
    DOUBT = 1  # at best `unknown`
    HAZARD = 2  # at best `weak`
    PLAIN_PART = 3  # at best `partial`
    READABLE = 4  # `unprotected`: shown to be readable without a secret


class Meaning(NamedTuple):
    """The weight and the words of one code."""

    effect: Effect
    text: str


_NOTE, _DOUBT, _HAZARD, _PART, _READABLE = Effect.NOTE, Effect.DOUBT, Effect.HAZARD, Effect.PLAIN_PART, Effect.READABLE

MEANINGS: dict[str, Meaning] = {
    # Shown to be readable.
    "plain_file_system": Meaning(_READABLE, "This is an ordinary file system: whoever finds it can read it."),
    "clear_key": Meaning(
        _READABLE,
        "BitLocker is on, but its key lies in the clear on the medium, so anyone can read it. Resume protection.",
    ),
    "decrypted": Meaning(
        _READABLE, "BitLocker has been turned off here: its headers remain, but the data is not encrypted."
    ),
    "null_cipher": Meaning(
        _READABLE, "The header names a cipher that changes nothing, so the data can be read. Encrypt the medium again."
    ),
    "keyslot_null_cipher": Meaning(
        _READABLE, "A keyslot stores the volume key without encryption, so anyone can take it and read the data."
    ),
    "ciphertext_looks_plain": Meaning(
        _READABLE, "The header says that the data is encrypted, but the data itself can be read."
    ),
    "unencrypted_volume": Meaning(_READABLE, "The volume says of itself that it is not encrypted."),
    "no_cipher": Meaning(_READABLE, "No part of the data area is encrypted."),
    # A part of the data is readable.
    "linear_segment": Meaning(_PART, "Part of the data area is not encrypted yet, or no longer."),
    "conversion_incomplete": Meaning(
        _PART, "Encryption has not finished, or has been partly undone: part of the data can be read."
    ),
    "plaintext_in_data_area": Meaning(
        _PART, "Readable data was found inside the encrypted area, probably from before it was encrypted."
    ),
    "used_space_only": Meaning(
        _PART, "Only space in use is encrypted: what was deleted before encryption began may still be readable."
    ),
    "unencrypted_volume_beside": Meaning(_PART, "One of the volumes in this container is not encrypted."),
    # Hazards.
    "weak_cipher": Meaning(_HAZARD, "The cipher is too weak or too old to rely on. Encrypt the medium again."),
    "weak_mode": Meaning(
        _HAZARD, "The cipher is used in a mode that lets patterns of the data show. Encrypt the medium again."
    ),
    "short_key": Meaning(_HAZARD, "The key is shorter than 128 bits. Encrypt the medium again with a longer one."),
    "weak_kdf": Meaning(
        _HAZARD,
        "Guessing the passphrase costs too little. Set it again with current software, which makes each guess dearer.",
    ),
    "weak_kdf_hash": Meaning(_HAZARD, "The passphrase is guarded by a hash function that has been withdrawn."),
    # Doubt.
    "header_damaged": Meaning(_DOUBT, "The header is damaged, so what it says cannot be relied on."),
    "header_inconsistent": Meaning(_DOUBT, "The header contradicts itself, so what it says cannot be relied on."),
    "beyond_segments": Meaning(_DOUBT, "Part of the volume lies outside what its header says is encrypted."),
    "header_not_verified": Meaning(_DOUBT, "The header is too large to be verified in a quick look."),
    "first_header_damaged": Meaning(
        _DOUBT, "The first of the two headers is damaged or gone: something may have been written over the volume."
    ),
    "second_header_damaged": Meaning(_DOUBT, "The second of the two headers is damaged or gone."),
    "headers_differ": Meaning(_DOUBT, "The copies of the header differ in more than their age."),
    "metadata_unreadable": Meaning(_DOUBT, "The volume is marked as BitLocker, but its metadata cannot be read."),
    "metadata_not_verified": Meaning(_DOUBT, "The BitLocker metadata does not match its checksum."),
    "detached_header": Meaning(
        _DOUBT, "This is a header whose data lies elsewhere, so nothing is shown about any data."
    ),
    "reencryption_interrupted": Meaning(
        _DOUBT, "An offline re-encryption has not finished, so which part is under which key cannot be told."
    ),
    "truncated": Meaning(_DOUBT, "The target ends before the data that its header describes."),
    "unknown_requirement": Meaning(
        _DOUBT, "The header asks for a feature that lossproof does not know, so it does not judge the volume."
    ),
    "unknown_segment": Meaning(_DOUBT, "Part of the data area is of a kind that lossproof does not know."),
    "unknown_state": Meaning(_DOUBT, "The volume's state is not one that lossproof knows."),
    "unknown_protector": Meaning(_DOUBT, "One of the ways to the key is of a kind that lossproof does not know."),
    "no_protector": Meaning(_DOUBT, "The metadata names no way to the key, which no working volume does."),
    "cipher_unknown": Meaning(_DOUBT, "The header names a cipher that lossproof does not know."),
    "kdf_unknown": Meaning(_DOUBT, "A passphrase is guarded by a function that lossproof does not know."),
    "key_size_unknown": Meaning(_DOUBT, "The length of the key cannot be told from the header."),
    "opal_only": Meaning(
        _DOUBT, "The drive itself is meant to encrypt, and nothing on it shows from outside whether it does."
    ),
    "hardware_claim_unproved": Meaning(
        _DOUBT,
        "Its maker says that this stick encrypts itself. Unlocked, nothing proves it: look again when it is locked.",
    ),
    "write_map_unreadable": Meaning(
        _DOUBT, "Encryption began with the space in use, and how far it has come cannot be read."
    ),
    "secret_not_shown": Meaning(
        _DOUBT, "The volume says that it is encrypted, but not that a secret is needed to read it."
    ),
    "encryption_not_shown": Meaning(_DOUBT, "Whether this volume is encrypted cannot be found out from its headers."),
    "conflicting_signatures": Meaning(
        _DOUBT, "Two formats claim the same bytes, and only one of them can be in use. Ask who formatted it last."
    ),
    "sampled_only": Meaning(_DOUBT, "Only samples of this range were read, so the rest could hold anything."),
    "random_looking": Meaning(
        _DOUBT,
        "These bytes look random: encrypted without a header, or wiped. Nobody can tell which without the secret.",
    ),
    "unrecognised": Meaning(_DOUBT, "Nothing that lossproof knows is stored here, and it is not blank."),
    "container_not_opened": Meaning(
        _DOUBT, "This is a container that lossproof does not open, so its content is not known."
    ),
    "container_empty": Meaning(_DOUBT, "The partition table names no partition."),
    "nested_too_deep": Meaning(_DOUBT, "Volumes are nested deeper than lossproof follows."),
    "too_many_layers": Meaning(_DOUBT, "There are more volumes than lossproof follows."),
    "partition_past_end": Meaning(_DOUBT, "A partition reaches past the end of the medium."),
    "partition_overlaps": Meaning(_DOUBT, "Two partitions claim the same bytes."),
    "partition_loop": Meaning(_DOUBT, "The partition table leads back to itself."),
    "unreadable": Meaning(_DOUBT, "Part of the medium could not be read."),
    "unsupported_variant": Meaning(_DOUBT, "This is a variant of the format that lossproof does not read."),
    "backup_table_used": Meaning(_DOUBT, "The partition table is damaged; its copy at the end of the medium was read."),
    # Said, and weighing nothing.
    "encrypted": Meaning(_NOTE, "The data is encrypted, and a secret is needed to read it."),
    "blank": Meaning(_NOTE, "Nothing is stored here, and nothing would protect what is written next."),
    "boot_partition": Meaning(
        _NOTE, "The machine needs a part of this to start: by its type that part holds no files of users."
    ),
    "nobody_found": Meaning(_NOTE, "What can be read without a secret was searched, and nobody was found in it."),
    "outside_partitions": Meaning(_NOTE, "This range lies outside every partition."),
    "outside_file_system": Meaning(_NOTE, "This range lies behind the end of the file system before it."),
    "mixed_parts": Meaning(_NOTE, "Some parts of the medium are protected and others can be read."),
    "no_active_keyslot": Meaning(
        _NOTE, "No keyslot is left: without a copy of the header nobody can open this volume."
    ),
    "reencryption_in_progress": Meaning(_NOTE, "The volume is being encrypted again with another key."),
    "conversion_paused": Meaning(_NOTE, "The conversion is paused."),
    "automatic_unlock": Meaning(
        _NOTE, "The computer's own chip unlocks this volume without asking anyone: keep the two apart, or add a PIN."
    ),
    "metadata_copies_damaged": Meaning(
        _NOTE, "Not every copy of the BitLocker metadata is intact; a sound one was read."
    ),
    "data_cut_short": Meaning(_NOTE, "The target ends before the volume does; what is here was judged."),
    "not_sampled": Meaning(_NOTE, "The encrypted data itself was not sampled, so its header was taken at its word."),
    "header_copies_of_different_age": Meaning(_NOTE, "The two headers differ in age; the newer one was read."),
    "no_recovery_protector": Meaning(_NOTE, "There is no recovery key: if the secret is lost, so is the data."),
    "old_kdf_hash": Meaning(_NOTE, "The passphrase is guarded with SHA-1, which is to be given up by the end of 2030."),
    "integrity_protected": Meaning(_NOTE, "Changes to the encrypted data would be noticed."),
}


def meaning(code: str) -> Meaning:
    """Weight and words of `code`. A code that policy does not know weighs as doubt."""
    return MEANINGS.get(code) or Meaning(_DOUBT, "The volume shows something that this policy does not know.")


def reason(code: str) -> Reason:
    """`code` as a reason for people."""
    return Reason(code=code, text=meaning(code).text)
