"""Contexts for TLS made from options, with everything checked that needs no network.

Owns files, passphrases and the keeping of contexts. What a handshake comes to is the matter of
`certificates`.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import stat
import warnings
from contextlib import suppress
from dataclasses import replace
from typing import Final, NoReturn

from wstui.core.handshake.tls_faults import Fault, TlsFault
from wstui.core.options.tls import NONE, SYSTEM, TlsOptions, is_pem
from wstui.net.certificates import WatchedSSLObject

KEPT: Final = 16
"""Contexts that are kept; each with the system's authorities takes about half a megabyte."""

MAX_FILE: Final = 16 << 20
"""Bytes that a file of certificates or keys has at most."""

KEY_LOG: Final = "SSLKEYLOGFILE"
"""The variable that names a key log which Python uses by itself."""

FILE_TIME: Final = 10.0
"""Seconds that reading all files may take; those of another machine may never come."""

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----.*?-----END \1-----", re.DOTALL
)
_KEY: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
_PEM: Final = "-----BEGIN "

_LOWEST: Final = {
    "1.0": (ssl.TLSVersion.TLSv1, ssl.HAS_TLSv1),
    "1.1": (ssl.TLSVersion.TLSv1_1, ssl.HAS_TLSv1_1),
    "1.2": (ssl.TLSVersion.TLSv1_2, ssl.HAS_TLSv1_2),
    "1.3": (ssl.TLSVersion.TLSv1_3, ssl.HAS_TLSv1_3),
}

Stamp = tuple[tuple[str, int, int], ...]
"""Of each file its path, and numbers that tell whether it has changed and is to be read again."""


class TlsSettingError(Exception):
    """A setting of TLS cannot be used; nothing went out."""

    def __init__(self, fault: TlsFault) -> None:
        super().__init__(f"{fault.option} {fault.fault}: {fault.words}".rstrip(": "))
        self.fault = fault


class TlsContexts:
    """The contexts of this run, and the passphrases that were typed in it."""

    def __init__(self) -> None:
        self._made: dict[tuple[TlsOptions, Stamp], ssl.SSLContext] = {}
        self._locks: dict[TlsOptions, asyncio.Lock] = {}
        self._passphrases: dict[str, str] = {}

    def unlock(self, options: TlsOptions, passphrase: str) -> None:
        """Use `passphrase` for the key of `options` from now on, until it proves wrong."""
        if options.key_file is not None:
            self._passphrases[options.key_file] = passphrase

    async def get(self, options: TlsOptions) -> ssl.SSLContext:
        """The context that `options` mean. Files are read in a thread, as is the system's store.

        Raises:
            TlsSettingError: one of them cannot be used.
        """
        key_file = options.key_file
        typed = None if key_file is None else self._passphrases.get(key_file)
        # The server's name is no part of a context.
        passphrase = options.passphrase if typed is None else typed
        options = replace(options, server_name=None, passphrase=passphrase)
        lock = self._locks.setdefault(options, asyncio.Lock())
        try:
            # Many may want the same one, which takes a while to make.
            async with asyncio.timeout(FILE_TIME), lock:
                return await self._get(options)
        except TimeoutError as error:
            words = f"not within {FILE_TIME:g} s"
            raise TlsSettingError(TlsFault("tls", Fault.UNREADABLE, words=words)) from error
        except TlsSettingError as error:
            wrong = error.fault.fault is Fault.PASSPHRASE_WRONG
            # Another one may have been typed meanwhile.
            if key_file is not None and wrong and self._passphrases.get(key_file) == typed:
                self._passphrases.pop(key_file, None)
            raise
        finally:
            if not lock.locked():
                self._locks.pop(options, None)

    async def _get(self, options: TlsOptions) -> ssl.SSLContext:
        stamp = await asyncio.to_thread(stamp_files, options) if has_files(options) else ()
        context = self._made.get((options, stamp))
        if context is None:
            context = await asyncio.to_thread(make_context, options)
            set_lowest(context, options.lowest)
            self._keep(options, stamp, context)
        return context

    def _keep(self, options: TlsOptions, stamp: Stamp, context: ssl.SSLContext) -> None:
        for old in [kept for kept in self._made if kept[0] == options]:
            del self._made[old]
        self._made[options, stamp] = context
        while len(self._made) > KEPT:
            del self._made[next(iter(self._made))]


def has_files(options: TlsOptions) -> bool:
    """Whether `options` name files that may change."""
    return bool(_files(options)) or options.key_log is not None or KEY_LOG in os.environ


def _files(options: TlsOptions) -> list[tuple[str, str]]:
    """The files that are read, each with the option that names it."""
    trust = options.trust
    named = {
        "tls.trust": None if trust in (SYSTEM, NONE) or is_pem(trust) else trust,
        "tls.certificate": options.certificate,
        "tls.key": options.key,
    }
    return [(option, path) for option, path in named.items() if path is not None]


def stamp_files(options: TlsOptions) -> Stamp:
    """What tells whether the files that `options` name have changed; the key log is begun.

    Raises:
        TlsSettingError: one of them is no file.
    """
    stamp = []
    for option, path in _files(options):
        try:
            found = os.stat(_expanded(path))
        except (OSError, ValueError) as error:
            _refuse(option, path, error)
        if stat.S_ISDIR(found.st_mode):
            raise TlsSettingError(TlsFault(option, Fault.FOLDER, path))
        if not stat.S_ISREG(found.st_mode):
            raise TlsSettingError(TlsFault(option, Fault.NO_FILE, path))
        if found.st_size > MAX_FILE:
            raise TlsSettingError(TlsFault(option, Fault.TOO_LARGE, path))
        stamp.append((path, found.st_mtime_ns, found.st_size))
    # A key log that was moved away is begun anew; that it grows is no change.
    logs = filter(None, (options.key_log, os.environ.get(KEY_LOG)))
    return (*stamp, *((path, _begin_log(path), 0) for path in logs))


def make_context(options: TlsOptions) -> ssl.SSLContext:
    """A new context with all of `options` but the lowest version. May take a while.

    Raises:
        TlsSettingError: one of them cannot be used.
    """
    import cryptography.x509  # noqa: F401 - here, since that takes longer than a turn of the loop

    if not _LOWEST[options.lowest][1]:
        raise TlsSettingError(TlsFault("tls.lowest", Fault.NO_VERSION, f"TLS {options.lowest}"))
    context = _trusting(options)
    context.sslobject_class = WatchedSSLObject
    if options.trust == NONE or not options.check_host:
        context.check_hostname = False
    if options.trust == NONE:
        context.verify_mode = ssl.CERT_NONE
    if options.ciphers is not None:
        try:
            context.set_ciphers(options.ciphers)
        except ssl.SSLError as error:
            fault = TlsFault("tls.ciphers", Fault.NO_CIPHER, options.ciphers)
            raise TlsSettingError(fault) from error
    if options.alpn:
        context.set_alpn_protocols(list(options.alpn))
    if options.certificate is not None:
        load_identity(context, options, options.certificate)
    load_key_log(context, options)
    return context


def load_key_log(context: ssl.SSLContext, options: TlsOptions) -> None:
    """Have the keys of sessions written to the key log, if there is one.

    Raises:
        TlsSettingError: it cannot be used.
    """
    if options.key_log is not None:
        try:
            context.keylog_filename = _expanded(options.key_log)
        except (OSError, ValueError) as error:
            _refuse("tls.key_log", options.key_log, error)


def set_lowest(context: ssl.SSLContext, version: str) -> None:
    """Let `context` speak TLS from `version` on. To be called in the loop's own thread."""
    with warnings.catch_warnings():  # which is not for threads
        warnings.simplefilter("ignore", DeprecationWarning)  # whoever asks for TLS 1.0 knows
        context.minimum_version = _LOWEST[version][0]


def _trusting(options: TlsOptions) -> ssl.SSLContext:
    """A context that checks certificates alike on every version of Python."""
    context = _default_context(options)
    # A server's own certificate may be trusted without its authority, as from Python 3.13 on.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # From then on it also minds what RFC 5280 wants of certificates, which no browser does.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _default_context(options: TlsOptions) -> ssl.SSLContext:
    try:
        if options.trust in (SYSTEM, NONE):
            return ssl.create_default_context()
        return ssl.create_default_context(cadata=read_authorities(options))
    except OSError as error:
        if isinstance(error, ssl.SSLError):
            fault = TlsFault("tls.trust", Fault.DAMAGED, _shown_trust(options), str(error))
            raise TlsSettingError(fault) from error
        log = os.environ.get(KEY_LOG, "")
        _refuse("tls.key_log" if log else "tls.trust", log, error)


def _shown_trust(options: TlsOptions) -> str:
    return "" if is_pem(options.trust) else options.trust


def read_authorities(options: TlsOptions) -> str:
    """All certificates of those who are trusted, in PEM, without what stands around them.

    Raises:
        TlsSettingError: there are none to be had.
    """
    text = options.trust if is_pem(options.trust) else _read("tls.trust", options.trust)
    if is_pem(options.trust):  # variables often have their line feeds written out
        text = text.replace("\\n", "\n")
    found = [match[0] for match in _CERTIFICATE.finditer(text)]
    if not found:
        fault = Fault.NO_CERTIFICATE if _PEM in text else Fault.NOT_PEM
        raise TlsSettingError(TlsFault("tls.trust", fault, _shown_trust(options)))
    return "\n".join(found)


def load_identity(context: ssl.SSLContext, options: TlsOptions, certificate: str) -> None:
    """Say who this side is, by the certificate in the file of that name.

    Raises:
        TlsSettingError: it cannot be used.
    """
    text = _read("tls.certificate", certificate)
    if _CERTIFICATE.search(text) is None:
        fault = Fault.NO_CERTIFICATE if _PEM in text else Fault.NOT_PEM
        raise TlsSettingError(TlsFault("tls.certificate", fault, certificate))
    option, key = "tls.certificate", certificate
    if options.key is not None:
        option, key = "tls.key", options.key
        text = _read(option, key)
    if _KEY.search(text) is None:
        fault = Fault.NO_KEY if _PEM in text else Fault.NOT_PEM
        raise TlsSettingError(TlsFault(option, fault, key))
    asked = False

    def passphrase() -> str:
        nonlocal asked
        asked = True
        if options.passphrase is None:
            raise TlsSettingError(TlsFault(option, Fault.PASSPHRASE_NEEDED, key))
        return options.passphrase

    try:
        context.load_cert_chain(_expanded(certificate), _expanded(key), passphrase)
    except (ssl.SSLError, ValueError) as error:
        raise TlsSettingError(_pair_fault(error, option, certificate, key, asked)) from error
    except OSError as error:
        _refuse(option, key, error)


def _pair_fault(
    error: ssl.SSLError | ValueError, option: str, certificate: str, key: str, asked: bool
) -> TlsFault:
    """Why OpenSSL does not take a certificate and its key. `asked`: for a passphrase."""
    reason = str(getattr(error, "reason", "") or "")
    if reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
        return TlsFault(option, Fault.KEY_MISMATCH, key)
    if reason.endswith(("_TOO_SMALL", "_TOO_WEAK")):
        return TlsFault(
            "tls.certificate", Fault.WEAK, certificate, reason.replace("_", " ").lower()
        )
    if asked:
        return TlsFault(option, Fault.PASSPHRASE_WRONG, key)
    from cryptography import x509

    with open(_expanded(certificate), "rb") as file:
        data = file.read(MAX_FILE)
    try:
        x509.load_pem_x509_certificates(data)
    except ValueError:
        return TlsFault("tls.certificate", Fault.DAMAGED, certificate)
    return TlsFault(option, Fault.DAMAGED, key)


def _begin_log(path: str) -> int:
    """Make a key log, which is this user's alone, unless it is there; its number on the disk."""
    try:
        log = os.open(_expanded(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            return os.fstat(log).st_ino
        finally:
            os.close(log)
    except (OSError, ValueError) as error:
        _refuse("tls.key_log", path, error)


def _read(option: str, path: str) -> str:
    """The text of a file; what is no UTF-8 is of no interest in PEM."""
    try:
        with open(_expanded(path), "rb") as file:
            return file.read(MAX_FILE).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        _refuse(option, path, error)


def _expanded(path: str) -> str:
    return os.path.expanduser(path)


def _refuse(option: str, path: str, error: OSError | ValueError) -> NoReturn:
    """Tell which file cannot be used, and why."""
    written = option == "tls.key_log"
    fault, words = Fault.UNREADABLE, str(getattr(error, "strerror", None) or error)
    kinds: tuple[tuple[type[Exception], Fault], ...] = (
        (FileNotFoundError, Fault.NOT_FOUND),
        (NotADirectoryError, Fault.NOT_FOUND),
        (IsADirectoryError, Fault.FOLDER),
        (PermissionError, Fault.NOT_WRITABLE if written else Fault.NO_PERMISSION),
    )
    for kind, known in kinds:
        if isinstance(error, kind):
            fault, words = known, ""
    with suppress(OSError):  # Windows does not permit to open a folder, and says no more
        if os.path.isdir(_expanded(path)):
            fault = Fault.FOLDER
    raise TlsSettingError(TlsFault(option, fault, path, words)) from error
