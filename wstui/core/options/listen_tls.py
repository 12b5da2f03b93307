"""How a listener speaks TLS: who it is, and whether clients have to say who they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from wstui.core.options.info import (
    SWITCH,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    choice,
    switch,
)
from wstui.core.options.tls import CIPHERS, KEY, LOWEST, PASSPHRASE, PATH, TlsOptions

NOBODY: Final = "none"
OPTIONAL: Final = "optional"
REQUIRED: Final = "required"
ASKING: Final = (NOBODY, OPTIONAL, REQUIRED)
"""Whether clients are asked for a certificate, and may go without one."""


@dataclass(frozen=True, slots=True)
class ListenTls:
    """TLS of a listener: spoken when it has a certificate, its own or one made on the spot."""

    certificate: str | None = None
    """Path of a file with the server's certificate and those that lead to its authority, PEM."""
    key: str | None = None
    """Path of the file with its key; None: it is in the certificate's file."""
    passphrase: str | None = field(default=None, repr=False)
    """For the key, where it needs one."""
    self_signed: bool = False
    """Whether a certificate is made for this run, which signs itself."""
    clients: str = NOBODY
    """Whether clients are asked for a certificate; one of `ASKING`."""
    client_ca: str | None = None
    """Path of a file with the authorities that may sign for clients, PEM; None asks nobody."""
    lowest: str = "1.2"
    """The oldest version of TLS to speak."""
    ciphers: str | None = None
    """For TLS 1.2 and older, in OpenSSL's words; None is Python's own choice."""
    key_log: str | None = None
    """Path of a file that the keys of all connections are added to, for Wireshark."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found = []
        if self.self_signed and self.certificate is not None:
            words = "There is a certificate already: leave out one of them."
            found.append(OptionError("tls.self_signed", words))
        found += [one for one in self.like_client.problems() if one.option != "tls.trust"]
        if self.clients not in ASKING:
            words = f"Write {', '.join(ASKING[:-1])} or {REQUIRED}."
            found.append(OptionError("tls.clients", words))
        elif self.clients != NOBODY and self.client_ca is None:
            words = "Name the authorities that may sign for clients."
            found.append(OptionError("tls.client_ca", words))
        if self.client_ca is not None and not self.is_wanted:
            words = "Clients can show a certificate over TLS only: give one to the listener."
            found.append(OptionError("tls.client_ca", words))
        elif self.client_ca is not None and self.clients == NOBODY:
            words = "Say whether client certificates are optional or required."
            found.append(OptionError("tls.clients", words))
        elif self.client_ca is not None and not self.client_ca.strip():
            found.append(OptionError("tls.client_ca", "Name a file."))
        return found

    @property
    def is_wanted(self) -> bool:
        """Whether TLS is spoken at all."""
        return self.self_signed or self.certificate is not None

    @property
    def like_client(self) -> TlsOptions:
        """The same as options of a client, as far as they are alike."""
        return TlsOptions(
            trust=self.client_ca or "SYSTEM",
            certificate=self.certificate,
            key=self.key,
            passphrase=self.passphrase,
            lowest=self.lowest,
            ciphers=self.ciphers,
            key_log=self.key_log,
        )


LISTEN_TLS_ROWS: Final = (
    OptionInfo(
        "tls.self_signed",
        "Self-signed",
        Section.TLS,
        SWITCH,
        switch("self-signed", on="speak TLS with a certificate made on the spot"),
        hint="TLS with a certificate made on the spot",
    ),
    OptionInfo(
        "tls.certificate",
        "Certificate",
        Section.TLS,
        PATH,
        (Flag(("--cert",), "speak TLS: certificate and its chain, PEM", "FILE"),),
        hint="and its chain: TLS is spoken with it",
        placeholder="a PEM file",
    ),
    KEY,
    OptionInfo(
        "tls.passphrase",
        "Passphrase",
        Section.TLS,
        PASSPHRASE,
        (Flag(("--passphrase",), "of the key, or ${env:NAME}", "TEXT"),),
        hint="of the key, or ${env:NAME}",
    ),
    OptionInfo(
        "tls.clients",
        "Client certs",
        Section.TLS,
        choice(*ASKING),
        (
            Flag(
                ("--client-certs",),
                "ask clients for a certificate: none, optional, required (default none)",
                "WHETHER",
            ),
        ),
        hint="whether clients are asked for a certificate",
    ),
    OptionInfo(
        "tls.client_ca",
        "Client CAs",
        Section.TLS,
        PATH,
        (Flag(("--client-ca",), "authorities that may sign for clients, PEM", "FILE"),),
        hint="who may sign for clients",
        placeholder="a PEM file",
    ),
    replace(LOWEST, hint=""),
    CIPHERS,
    OptionInfo(
        "tls.key_log",
        "Key log",
        Section.TLS,
        PATH,
        (Flag(("--key-log",), "add the sessions' keys to it, for Wireshark", "FILE"),),
        hint="of the sessions' keys, for Wireshark",
        placeholder="none",
    ),
)
