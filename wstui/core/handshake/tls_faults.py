"""Settings of TLS that cannot be used: which file, or list, and why. Nothing went out then."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Fault(enum.StrEnum):
    """Why a setting of TLS cannot be used; the value completes “the key file …”."""

    NOT_FOUND = "does not exist"
    NO_PERMISSION = "may not be read"
    FOLDER = "is a folder"
    NO_FILE = "is no regular file"
    TOO_LARGE = "is too large for what it should be"
    NOT_PEM = "is not PEM"
    NO_CERTIFICATE = "holds no certificate"
    NO_KEY = "holds no private key"
    DAMAGED = "is damaged"
    PASSPHRASE_NEEDED = "needs a passphrase"
    PASSPHRASE_WRONG = "was not opened by the passphrase"
    KEY_MISMATCH = "does not belong to the certificate"
    WEAK = "is too weak for OpenSSL"
    NOT_WRITABLE = "may not be written"
    NO_CIPHER = "chooses no cipher"
    NO_VERSION = "is not in this OpenSSL"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True)
class TlsFault:
    """A setting of TLS that cannot be used."""

    option: str
    """Path of the option."""
    fault: Fault
    file: str = ""
    """The file that it is about, or else the text of the option."""
    words: str = ""
    """The error's own words; empty when it had none that say more."""

    @property
    def asks_for_passphrase(self) -> bool:
        """Whether another passphrase would help."""
        return self.fault in (Fault.PASSPHRASE_NEEDED, Fault.PASSPHRASE_WRONG)
