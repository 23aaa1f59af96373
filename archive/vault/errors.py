"""Errors of the vault. `code` names the sentence for people; `reason` says which check failed, for the log."""

from __future__ import annotations

from archive.errors import ArchiveError


class VaultError(ArchiveError):
    """Root of the vault's errors."""

    code = "vault"


class BlobAddressError(VaultError):
    """The text is no address of a blob: not 64 hexadecimal digits."""

    code = "vault_address"


class BlobMissingError(VaultError):
    """No blob lies at this address."""

    code = "vault_missing"


class BlobDestroyedError(VaultError):
    """The data key of this blob was destroyed; its content is gone for good."""

    code = "vault_destroyed"
    status = 410


class BlobDamagedError(VaultError):
    """The blob is not what was stored: changed, cut, reordered, exchanged, or not a plain file."""

    code = "vault_damaged"


class SealedValueError(VaultError):
    """A sealed database value is not what was sealed for this column and row."""

    code = "vault_sealed_value"


class WrongKeyError(VaultError):
    """The blob, value or vault belongs to another key ring, or to a key version that this ring does not hold."""

    code = "vault_wrong_key"
    status = 503


class VaultFullError(VaultError):
    """No space for the blob; nothing of it was kept."""

    code = "vault_full"
    status = 507


class KeyFileError(VaultError):
    """Root of the errors about keys; `details` holds the path of the key file or sealed copy."""

    code = "key_file"
    status = 503


class KeyFileMissingError(KeyFileError):
    """There is no key file, or this account may not open it."""

    code = "key_file_missing"


class KeyFileExistsError(KeyFileError):
    """There is a key file already; overwriting it would destroy every blob."""

    code = "key_file_exists"


class KeyFileUnsafeError(KeyFileError):
    """Group or others may read or change the key file; only its owner may (mode 0600)."""

    code = "key_file_unsafe"


class KeyFileDamagedError(KeyFileError):
    """The key file, or the sealed copy given for recovery, cannot be read or fails its check."""

    code = "key_file_damaged"


class RecoveryKeyError(KeyFileError):
    """The recovery key is mistyped (its check characters are wrong) or belongs to another key ring."""

    code = "recovery_key"
