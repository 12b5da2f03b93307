"""Payloads of the demonstration server: believable ones, and hostile ones. Pure."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Final

import cbor2
import msgpack

PRICES: Final = {"BTC-EUR": 58_210.4, "ETH-EUR": 3_120.05, "SOL-EUR": 151.22, "ADA-EUR": 0.71}

SNAPSHOT_EVERY: Final = 25
"""Ticks between two snapshots of the order book."""


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def ticks(seed: int = 1) -> Iterator[str]:
    """A market feed without end: trades, and now and then an order book."""
    random = Random(seed)
    prices = dict(PRICES)
    for seq in count(1):
        symbol = random.choice(list(prices))
        prices[symbol] *= 1 + random.gauss(0, 2e-4)
        if seq % SNAPSHOT_EVERY == 0:
            yield _compact(order_book(random, symbol, prices[symbol], seq))
            continue
        yield _compact(
            {
                "type": "tick",
                "symbol": symbol,
                "price": round(prices[symbol], 2),
                "size": round(random.expovariate(2) + 0.001, 4),
                "side": random.choice(("buy", "sell")),
                "seq": seq,
            }
        )


def order_book(random: Random, symbol: str, price: float, seq: int) -> dict[str, object]:
    """Ten levels on either side of `price`."""
    levels = {
        side: [
            [round(price * (1 + sign * step * 1e-4), 2), round(random.random() * 3, 3)]
            for step in range(1, 11)
        ]
        for side, sign in (("bids", -1), ("asks", 1))
    }
    return {"type": "snapshot", "symbol": symbol, **levels, "seq": seq}


def png(width: int = 64, height: int = 64) -> bytes:
    """A valid PNG: a gradient with transparency."""
    rows = b"".join(
        b"\0" + bytes(part for x in range(width) for part in (x * 4 % 256, y * 4 % 256, 128, 255))
        for y in range(height)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + check

    header = struct.pack("!IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def binaries(seed: int = 1) -> Iterator[bytes]:
    """PNG, gzip, MessagePack, CBOR and random bytes, in turn, without end."""
    random = Random(seed)
    feed = ticks(seed)
    while True:
        value = json.loads(next(feed))
        yield png()
        yield gzip.compress("\n".join(next(feed) for _ in range(20)).encode(), mtime=0)
        yield bytes(msgpack.packb(value))
        yield cbor2.dumps(value)
        yield random.randbytes(random.randint(1, 600))


MARKER: Final = "PWNED"
"""Stands in every hostile text, so that one can look for it."""

HOSTILE_REASON: Final = f"\x1b]0;{MARKER}\x07[/x][red]{MARKER}\u202egnp.exe"
"""For a close frame: at most 123 bytes."""

HOSTILE_HEADER: Final = f"\x9b2J\x9d0;{MARKER}\x9c [/x] [bold]{MARKER}"
"""As far as an HTTP header may go: Latin-1 with C1 controls, but without C0."""

HOSTILE: Final[tuple[str | bytes, ...]] = (
    f"title: \x1b]0;{MARKER}\x07 and \x1b]2;{MARKER}\x1b\\",
    f"clipboard: \x1b]52;c;UFdORUQ=\x07 {MARKER}",
    f"cursor: \x1b[2J\x1b[H\x1b[31;1m{MARKER}\x1b[10A\x1b[999D",
    f"screen: \x1bc\x1b[?1049l\x1b[?1000h\x1b[?2004l {MARKER}",
    f"C1: \x9b2J \x9d0;{MARKER}\x9c \x90q\x9c \x85next line",
    f"bidi: \u202egnp.{MARKER}\u202c \u2066isolate\u2069 \u200fRLM \u200bzero width",
    f"markup: [/x] [red]{MARKER}[/red] [@click=app.quit]click[/] [link=file:///]x[/link] [bold",
    f"content: $primary ${{PATH}} {{{{{MARKER}}}}} %s %n \\[escaped]",
    f"controls: NUL\x00 BS\x08\x08\x08 CR\rover TAB\t VT\x0b FF\x0c DEL\x7f {MARKER}",
    "marks: Z" + "\u0301\u0302\u0303\u0304" * 30 + "algo " + MARKER,
    f"wide: {'漢字' * 20} 👩\u200d👩\u200d👧 {MARKER}",
    b"binary \x1b]0;" + MARKER.encode() + b"\x07 \xff\xfe\xc0\x80 \x9b2J \xed\xa0\x80",
    f'{{"json":"\x1b[31m{MARKER}\u009b","[/x]":"\\u001b]0;x\\u0007"}}',
)
"""What a hostile server may say. Text is valid UTF-8, as it must be; bytes are not."""
