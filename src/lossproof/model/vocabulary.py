"""The words that a fact may use. Closed, because a log cannot forget: an open code could hold somebody's name.

What is not here is recorded as `other`. A test compares these lists with what the rooms can say, and names the word that is
missing; docs/adr/0010-facts-hold-no-text.md says why adding a scheme or an identifier means adding its word here.
"""

from __future__ import annotations

OTHER = "other"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SCHEMES = _words("""
    aff apfs apple_partition_map bcache bcachefs befs bitlocker blank bsd_disklabel btrfs ceph_bluestore cramfs dmg erofs
    ewf exfat ext f2fs fat filevault2 firmware_raid gfs2 gpt hardware headerless hfs hfsplus hpfs iso9660 jfs linux_raid
    luks1 luks2 lvm2 mbr minix mpool nilfs2 nss ntfs ocfs2 other qcow2 refs reiser4 reiserfs romfs sgi_disklabel squashfs
    sun_disklabel swap truecrypt ubi ubifs udf ufs unrecognised vdi vdo veracrypt vhd vhdx vmdk vmfs vxfs xfs
    xfs_external_log zfs zonefs
""")
FINDINGS = _words("""
    automatic_unlock backup_table_used beyond_segments blank boot_partition cipher_unknown ciphertext_looks_plain clear_key
    conflicting_signatures container_empty container_not_opened conversion_incomplete conversion_paused data_cut_short
    decrypted detached_header encrypted encryption_not_shown first_header_damaged hardware_claim_unproved
    header_copies_of_different_age header_damaged header_inconsistent header_not_verified headers_differ integrity_protected
    kdf_unknown key_size_unknown keyslot_null_cipher linear_segment metadata_copies_damaged metadata_not_verified
    metadata_unreadable mixed_parts nested_too_deep no_active_keyslot no_cipher no_protector no_recovery_protector
    nobody_found not_sampled null_cipher old_kdf_hash opal_only other outside_file_system outside_partitions partition_loop
    partition_overlaps partition_past_end plain_file_system plaintext_in_data_area random_looking reencryption_in_progress
    reencryption_interrupted sampled_only second_header_damaged secret_not_shown short_key too_many_layers truncated
    unencrypted_volume unencrypted_volume_beside unknown_protector unknown_requirement unknown_segment unknown_state
    unreadable unrecognised unsupported_variant used_space_only weak_cipher weak_kdf weak_kdf_hash weak_mode
    write_map_unreadable
""")
STATES = _words("""
    damaged decrypted decrypting encrypted encrypting other partly reencrypting suspended unencrypted
""")
PROTECTORS = _words("""
    clear_key clevis fido2 keyslot other password pkcs11 recovery_key recovery_password smart_card startup_key tpm tpm2
    tpm_pin tpm_pin_startup_key tpm_startup_key unbound_keyslot unknown
""")
KDFS = _words("argon2 argon2i argon2id bitlocker other pbkdf2")
CIPHERS = _words("""
    aegis128 aegis256 aes anubis arc4 aria blowfish camellia cast5 cast6 chacha20 cipher_null des des3_ede khazad kuznyechik
    null seed serpent sm4 tea twofish xchacha12 xchacha20 xtea
""")
MODES = _words("""
    adiantum aead cbc ccm ctr ecb gcm hctr2 lrw pcbc plain plain64 plain64be random rfc7539 xts
""")
IVS = _words("benbi eboiv elephant essiv lmk null plain plain64 plain64be random tcw")
HASHES = _words("""
    blake2b-512 blake2s-256 md4 md5 other ripemd160 rmd160 sha1 sha224 sha256 sha3-224 sha3-256 sha3-384 sha3-512 sha384
    sha512 sm3 stribog256 stribog512 whirlpool
""")
CONTENTS = _words("blank ciphertext metadata plaintext unallocated unknown")
IDENTIFIERS = _words("""
    bank_account chi_number cro_number date_of_birth driving_licence email hc_number iban nhs_number nino other passport
    payment_card phone pnc_id postcode prison_number utr
""")
CATEGORIES = _words("criminal_offence health other")
NOT_EXAMINED = _words("""
    archive_bomb archive_not_read compressed crashed damaged deduplicated encrypted file_system_not_examined image_not_read
    interrupted link locked media_not_read nested_too_deep not_decrypted online_only other permission plain_in_ciphertext
    program_not_read random_looking remains sampled_only scanned_page special_file too_deep too_large too_slow unknown_format
    unreadable unrecognised unsupported unsupported_format vanished
""")

EXEMPTIONS = _words("clinical_need device_of_a_patient medical_device no_other_device other repair urgent")
CUSTODY_REASONS = _words("""
    amnesty broken end_of_life found_by_public found_by_staff issued leaver left_behind loan lost no_longer_needed other
    recorded_by_hand repair replaced stolen
""")
OUTCOMES = _words("encrypted encrypts_after_all other refused replaced returned withdrawn")


def word(text: str, words: frozenset[str]) -> str:
    """`text` where it is one of the words, else `other`."""
    return text if text in words else OTHER


def cipher_pattern() -> str:
    """The cipher strings that a fact may hold: known parts, `aes-xts-plain64` or `aes-cbc-essiv:sha256`, joined by ` + `."""
    parts = [f"(?:{'|'.join(sorted(words, key=lambda one: (-len(one), one)))})" for words in (CIPHERS, MODES, IVS)]
    hashes = "|".join(sorted(HASHES, key=lambda one: (-len(one), one)))
    one = f"{parts[0]}(?:,aes)?(?:-{parts[1]}(?:-{parts[2]}(?::(?:{hashes}))?)?)?"
    return f"(?:{one})(?: \\+ {one}){{0,3}}|{OTHER}"
