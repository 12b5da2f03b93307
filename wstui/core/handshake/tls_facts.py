"""What is known of TLS on one connection: what was agreed, the certificates, and what failed.

Owns these facts and what follows from them. Times are arguments, in seconds since the epoch; all
texts of certificates may come from the peer and are not safe for a terminal as they are.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

DAY: Final = 86_400

SOON: Final = 30
"""Days left from which on a certificate is about to expire."""


class Check(enum.StrEnum):
    """What can be wrong with a certificate; the value says what it is."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    HOST = "not for this host"
    SELF_SIGNED = "signed by itself"
    ROOT_UNKNOWN = "from an authority that is not trusted"
    ISSUER_MISSING = "from an unknown authority"
    WEAK = "too weak"
    PURPOSE = "not for a server"
    REVOKED = "revoked"
    SIGNATURE = "not signed by its issuer"
    OTHER = "not accepted"


_CODES: Final[Mapping[int, Check]] = {
    **dict.fromkeys((2, 20, 21, 27, 33), Check.ISSUER_MISSING),
    **dict.fromkeys((9, 11, 13), Check.NOT_YET_VALID),
    **dict.fromkeys((10, 12, 14), Check.EXPIRED),
    **dict.fromkeys((62, 64), Check.HOST),
    **dict.fromkeys((66, 67, 68), Check.WEAK),
    **dict.fromkeys((24, 26, 79), Check.PURPOSE),
    7: Check.SIGNATURE,
    18: Check.SELF_SIGNED,
    19: Check.ROOT_UNKNOWN,
    23: Check.REVOKED,
}


def check_of(code: int) -> Check:
    """The check that failed, by OpenSSL's number for it (``X509_V_ERR_…`` in x509_vfy.h)."""
    return _CODES.get(code, Check.OTHER)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One certificate of a chain."""

    fingerprint: str
    """SHA-256 of all of it, in hex digits without colons."""
    subject: str = ""
    """Distinguished names are written as in RFC 4514, the most special part first."""
    issuer: str = ""
    names: tuple[str, ...] = ()
    """Alternative names: hosts, addresses and the like, in their order."""
    more_names: int = 0
    """Alternative names beyond these."""
    begins: float | None = None
    """First moment at which it is valid; None when that could not be read."""
    ends: float | None = None
    """Last moment."""
    key: str = ""
    """Kind of its key, such as ``RSA`` or ``EC secp256r1``."""
    key_bits: int | None = None
    """Size of its key; None where the kind says it."""

    def days_left(self, now: float) -> int | None:
        """Whole days until it ends, negative once it has; None when that is not known."""
        return None if self.ends is None else int((self.ends - now) // DAY)

    def is_expired(self, now: float) -> bool:
        """Whether its last moment is over."""
        return self.ends is not None and self.ends < now

    def is_early(self, now: float) -> bool:
        """Whether its first moment is still to come."""
        return self.begins is not None and self.begins > now

    @property
    def is_weak(self) -> bool:
        """Whether its key is below what is taken for safe (NIST SP 800-57: 112 bits)."""
        least = 224 if self.key.startswith("EC") else 2048
        return self.key_bits is not None and self.key_bits < least

    @property
    def is_own_issuer(self) -> bool:
        """Whether it names itself as its issuer, as a root does."""
        return bool(self.subject) and self.subject == self.issuer


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """TLS on one connection, as far as it came."""

    version: str = ""
    """Such as ``TLSv1.3``; empty when none was agreed on."""
    cipher: str = ""
    bits: int | None = None
    """Bits of the cipher's key; None when no cipher was agreed on."""
    server_name: str = ""
    """The name, or address, that the certificate was to hold."""
    sni: bool = False
    """Whether `server_name` went out as SNI; an address never does (RFC 6066 section 3)."""
    alpn_offered: tuple[str, ...] = ()
    alpn: str | None = None
    """The application protocol that the server chose (RFC 7301); None when it chose none."""
    resumed: bool = False
    """Whether it goes on from a session before, which needs no certificate."""
    chain: tuple[CertificateFacts, ...] = ()
    """Certificates as the server sent them, its own first; empty when it sent none, or when it
    was not accepted and OpenSSL kept none."""
    whole: bool = True
    """Whether `chain` is all that was sent; False when only the first could be had."""
    trusts: str = ""
    """Against what the chain is checked, in words; empty when against nothing."""
    host_checked: bool = True
    """Whether the certificate has to hold `server_name`."""
    failed: Check | None = None
    """The check that failed; None when none did, or none was made."""
    culprit: int | None = None
    """Which of `chain` failed it; None when that is not known."""

    @property
    def words(self) -> str:
        """Version and cipher; empty when none were agreed on."""
        return f"{self.version} {self.cipher}".strip()


def find_culprit(check: Check, chain: tuple[CertificateFacts, ...], now: float) -> int | None:
    """Which of `chain` failed `check` at `now`, as far as that can be told."""
    if not chain:
        return None
    match check:
        case Check.EXPIRED:
            late = (index for index, one in enumerate(chain) if one.is_expired(now))
            return next(late, None)
        case Check.NOT_YET_VALID:
            early = (index for index, one in enumerate(chain) if one.is_early(now))
            return next(early, None)
        case Check.WEAK:
            weak = (index for index, one in enumerate(chain) if one.is_weak)
            return next(weak, None)
        case Check.HOST | Check.SELF_SIGNED:
            return 0
        case Check.ROOT_UNKNOWN | Check.ISSUER_MISSING:
            return len(chain) - 1
    return None


def date_text(moment: float | None) -> str:
    """A day such as ``2026-11-21``, in UTC; a question mark when it is not known."""
    if moment is None:
        return "?"
    # `fromtimestamp` knows no moment before 1970 on Windows.
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).strftime("%Y-%m-%d")


def days_text(certificate: CertificateFacts, now: float) -> str:
    """How long it is still valid: ``42 days left``, ``expired 3 days ago``, ``valid in 2 days``."""
    left = certificate.days_left(now)
    if left is None:
        return "?"
    if certificate.is_expired(now):
        return f"expired {_days(now - (certificate.ends or now))} ago"
    if certificate.is_early(now):
        return f"valid in {_days((certificate.begins or now) - now)}"
    return f"{_days((certificate.ends or now) - now)} left"


def _days(seconds: float) -> str:
    days = int(seconds // DAY)
    if days:
        return f"{days:,} day{'' if days == 1 else 's'}"
    hours = int(seconds // 3600)
    return f"{hours} hour{'' if hours == 1 else 's'}" if hours else "less than an hour"
