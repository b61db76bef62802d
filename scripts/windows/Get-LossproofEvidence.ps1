<#
.SYNOPSIS
    Prints what Windows says about the encryption of every volume of this computer, as one JSON document.

.DESCRIPTION
    Run it as an administrator: the methods of Win32_EncryptableVolume answer nobody else. It changes nothing, needs no module
    that Windows does not bring, and sends nothing anywhere. Save what it prints, and import it where the register is:

        powershell -NoProfile -ExecutionPolicy Bypass -File Get-LossproofEvidence.ps1 > evidence.json
        lossproof import evidence.json --ledger STORE

    It asks for
      the computer's serial number, asset tag, name, and whether it is portable (Win32_BIOS, Win32_SystemEnclosure,
      Win32_ComputerSystem);
      every disk with its serial number and partitions, removable ones too (Get-Disk, Get-Partition);
      every volume that BitLocker could encrypt (Win32_EncryptableVolume: GetConversionStatus, GetProtectionStatus,
      GetEncryptionMethod, GetLockStatus, GetKeyProtectors, GetKeyProtectorType).

    It does not ask for recovery passwords, keys, user names, volume labels or files. What could not be asked is left null,
    and lossproof takes that as a doubt and never as a yes.
#>

[CmdletBinding()]
param()

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$errors = New-Object System.Collections.Generic.List[string]

function Get-OrNull {
    # What a block gives, or null with a note where it fails: one disk that does not answer must not hide the others.
    param([string] $What, [scriptblock] $Block)
    try { & $Block } catch { $errors.Add($What); $null }
}

function Invoke-VolumeMethod {
    # What a method of Win32_EncryptableVolume answers, or null where it refuses (a locked volume, an older Windows).
    param($Volume, [string] $Method, [hashtable] $Arguments = @{})
    $answer = Get-OrNull $Method { Invoke-CimMethod -InputObject $Volume -MethodName $Method -Arguments $Arguments }
    if ($null -ne $answer -and $answer.ReturnValue -eq 0) { $answer } else { $null }
}

function Get-Value {
    # A property by its name, or null: StrictMode would otherwise stop at one that this version of Windows has not.
    param($Object, [string] $Name)
    if ($null -eq $Object) { return $null }
    $property = $Object.PSObject.Properties[$Name]
    if ($null -eq $property) { $null } else { $property.Value }
}

function Get-ProtectorTypes {
    # The types of a volume's key protectors, as numbers; null where they cannot be listed.
    param($Volume)
    # 0 asks for protectors of every type.
    $listed = Invoke-VolumeMethod $Volume 'GetKeyProtectors' @{ KeyProtectorType = [uint32] 0 }
    if ($null -eq $listed) { return $null }
    $types = foreach ($id in @(Get-Value $listed 'VolumeKeyProtectorID')) {
        if ($null -ne $id) {
            Get-Value (Invoke-VolumeMethod $Volume 'GetKeyProtectorType' @{ VolumeKeyProtectorID = $id }) 'KeyProtectorType'
        }
    }
    # The comma keeps an empty list, and a list of one, a list.
    , @($types)
}

function Get-Volumes {
    $found = Get-CimInstance -Namespace 'root\CIMV2\Security\MicrosoftVolumeEncryption' -ClassName 'Win32_EncryptableVolume'
    foreach ($volume in $found) {
        # With a precision of 4 the percentages count ten thousandths of a percent: 1000000 is all of it.
        $conversion = Invoke-VolumeMethod $volume 'GetConversionStatus' @{ PrecisionFactor = [uint32] 4 }
        $percentage = Get-Value $conversion 'EncryptionPercentage'
        $letter = Get-Value $volume 'DriveLetter'
        $system = if ($letter) { Get-OrNull 'Get-Volume' { (Get-Volume -DriveLetter $letter.TrimEnd(':')).FileSystem } }
        [ordered] @{
            device_id         = Get-Value $volume 'DeviceID'
            drive_letter      = $letter
            file_system       = $system
            conversion_status = Get-Value $conversion 'ConversionStatus'
            percentage        = if ($null -ne $percentage) { $percentage / 10000 } else { $null }
            flags             = Get-Value $conversion 'EncryptionFlags'
            wiping_status     = Get-Value $conversion 'WipingStatus'
            protection_status = Get-Value (Invoke-VolumeMethod $volume 'GetProtectionStatus') 'ProtectionStatus'
            encryption_method = Get-Value (Invoke-VolumeMethod $volume 'GetEncryptionMethod') 'EncryptionMethod'
            lock_status       = Get-Value (Invoke-VolumeMethod $volume 'GetLockStatus') 'LockStatus'
            protectors        = Get-ProtectorTypes $volume
        }
    }
}

function Get-Partitions {
    param($Disk)
    foreach ($partition in @(Get-Partition -DiskNumber $Disk.Number)) {
        # A partition has a path by letter and one by volume, in no fixed order: the volume's is the one that BitLocker knows.
        $volume = @($partition.AccessPaths) | Where-Object { $_ -like '\\?\Volume*' } | Select-Object -First 1
        [ordered] @{
            number       = $partition.PartitionNumber
            type         = [string] $partition.GptType
            offset_bytes = $partition.Offset
            size_bytes   = $partition.Size
            volume_id    = $volume
        }
    }
}

function Get-Disks {
    foreach ($disk in Get-Disk) {
        # Get-Disk says nothing of removable media; Win32_DiskDrive does, under the same number.
        $drive = Get-OrNull 'Win32_DiskDrive' { Get-CimInstance -ClassName 'Win32_DiskDrive' -Filter "Index = $($disk.Number)" }
        $media = Get-Value $drive 'MediaType'
        [ordered] @{
            number     = $disk.Number
            serial     = if ($disk.SerialNumber) { $disk.SerialNumber.Trim() } else { $null }
            bus        = [string] $disk.BusType
            removable  = if ($media) { $media -like 'Removable*' } else { $null }
            size_bytes = $disk.Size
            partitions = @(Get-OrNull 'Get-Partition' { Get-Partitions $disk })
        }
    }
}

$bios = Get-OrNull 'Win32_BIOS' { Get-CimInstance -ClassName 'Win32_BIOS' }
$enclosure = Get-OrNull 'Win32_SystemEnclosure' { Get-CimInstance -ClassName 'Win32_SystemEnclosure' | Select-Object -First 1 }
$system = Get-OrNull 'Win32_ComputerSystem' { Get-CimInstance -ClassName 'Win32_ComputerSystem' }
$portable = Get-Value $system 'PCSystemType'

[ordered] @{
    format       = 'lossproof-windows-evidence'
    version      = 1
    # Invariant: elsewhere the colon is another sign, or the year that of another calendar.
    collected_at = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    computer     = [ordered] @{
        serial    = Get-Value $bios 'SerialNumber'
        asset_tag = Get-Value $enclosure 'SMBIOSAssetTag'
        name      = $env:COMPUTERNAME
        # 2 is Mobile.
        mobile    = if ($null -ne $portable) { $portable -eq 2 } else { $null }
    }
    disks        = @(Get-OrNull 'Get-Disk' { Get-Disks })
    volumes      = @(Get-OrNull 'Win32_EncryptableVolume' { Get-Volumes })
    errors       = @($errors)
} | ConvertTo-Json -Depth 8
