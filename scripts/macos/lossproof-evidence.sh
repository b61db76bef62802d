#!/bin/sh
# Prints what macOS says about the encryption of this Mac's disks, as one JSON document.
#
# It needs no administrator, changes nothing, and sends nothing anywhere. Save what it prints, and import it where the
# register is:
#
#     sh lossproof-evidence.sh > evidence.json
#     lossproof import evidence.json --ledger STORE
#
# It asks
#   system_profiler   for the serial number of the Mac and of USB devices, and for its storage;
#   diskutil          for the physical disks and their partitions, what each is, and the APFS volumes with their state;
#   fdesetup          whether FileVault is on, or on its way.
#
# It does not ask for recovery keys, passwords or files. Names of volumes and of the Mac are in what it prints: lossproof
# uses the name of the Mac to look for an asset tag, and keeps neither. What could not be asked is left null, and lossproof
# takes that as a doubt and never as a yes.

set -u
export LC_ALL=C PATH=/usr/bin:/bin:/usr/sbin:/sbin

# A property list on standard input as JSON; null where there is none, or it cannot be written as JSON.
as_json() {
    json=$(plutil -convert json -o - - 2>/dev/null) || json=
    printf '%s' "${json:-null}"
}

# A text as a JSON string: backslashes and quotes are escaped, and all that is not printable ASCII is left out.
as_string() {
    printf '"%s"' "$(printf '%s' "$1" | tr '\n\t' '  ' | tr -cd ' -~' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')"
}

# The JSON that a command prints, or null where it fails.
or_null() {
    json=$("$@" 2>/dev/null) || json=
    printf '%s' "${json:-null}"
}

# `diskutil info` of each physical disk and of each of its partitions, by their names.
disks() {
    separator=
    printf '{'
    for disk in $(diskutil list physical 2>/dev/null | grep -o 'disk[0-9][0-9]*\(s[0-9][0-9]*\)*' | sort -u); do
        printf '%s"%s":' "$separator" "$disk"
        diskutil info -plist "$disk" 2>/dev/null | as_json
        separator=,
    done
    printf '}'
}

printf '{"format":"lossproof-macos-evidence","version":1'
printf ',"collected_at":"%s"' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
printf ',"computer_name":%s' "$(as_string "$(scutil --get ComputerName 2>/dev/null)")"
printf ',"filevault":%s' "$(as_string "$(fdesetup status 2>/dev/null)")"
printf ',"profile":%s' "$(or_null system_profiler -json SPHardwareDataType SPStorageDataType SPUSBDataType)"
printf ',"disk_list":%s' "$(diskutil list -plist physical 2>/dev/null | as_json)"
printf ',"disks":%s' "$(disks)"
printf ',"apfs":%s' "$(diskutil apfs list -plist 2>/dev/null | as_json)"
printf '}\n'
