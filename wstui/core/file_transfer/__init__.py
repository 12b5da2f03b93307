"""Files over WebSocket: the protocol of `wstui send-file` and `wstui receive`, and its rules.

A sender and a receiver talk directly, or through a server that hands each message on to all other
clients and understands none of them. So every message says by itself what it belongs to; there may
be several receivers, several senders, and others who talk of something else; whatever is none of
the messages below is ignored.

A *text* message is a JSON object of at most 64 KiB with ``"wstui-file": 1``, a ``kind`` and the
``transfer``, 32 lower-case hex digits which the sender draws at random for each file. Further
fields are ignored. Numbers are whole, from 0 to 2^63 - 1. Of the sender:

    offer   name, size (null: not known before its end), modified (seconds since 1970, or null),
            resumable (whether it can begin elsewhere than at 0), head (sha256 of the first
            64 KiB, or of all where there are fewer; without it, it begins at 0)
    start   offset, kept (ids of the receivers who go on with the part they have)
    end     size, sha256 (64 lower-case hex digits, of the whole file)
    cancel  text (why it ends here: the file cannot be read, or changed meanwhile)
    busy    it is reading what was sent before, and will go on

A *binary* message is a piece of the file: the four bytes ``WSF1``, the 16 bytes of the transfer,
the offset as 8 bytes, the highest first, and the bytes from there on, 1 at least.

A receiver draws 16 hex digits for itself when it begins, and states them as ``receiver``:

    accept  offset (bytes of this file that it has from before), sha256 (of these; empty for none)
    ack     offset (so many bytes are written)
    lost    it misses bytes: the file has to be offered again
    done    sha256 (which it found to be the same), name (under which the file is kept)
    refuse  reason (exists, name, size, disk, busy, checksum, other), text (a sentence)
    busy    it is reading, or writing, and will go on

An accept, done or refuse may have ``only``, which is true where the receiver knows that nobody else
hears the sender; then no further answers are waited for.

The course of it:

1. The sender offers, and offers again every second until somebody accepts. A receiver that has the
   file already, from this very transfer, says ``done``; one that is ``busy`` may accept later.
2. The sender compares the hash of each part with that of as many bytes of its own file, begins
   behind the shortest part that is right, and names those who have one in ``start``. All others
   begin at 0, so that ``offset`` is 0 if there is one who does.
3. Pieces follow in order. A receiver ignores what it has already; when bytes are missing it says
   ``lost`` and ignores the rest. A sender is never more than 4 MiB ahead of the slowest ack.
4. After ``end`` each receiver compares the checksum and says ``done``, or refuses.
5. Who came in the middle says ``lost`` as well when it sees a piece of a transfer that it was not
   offered. The sender offers the same transfer again, from 1 on, when there are such receivers.

A receiver that has a file of that name already, and of that size, may state it as its part: where
the sender finds it to be the same, no piece of it has to come.

A receiver states neither size nor checksum of what it has from before, unless that begins with what
``head`` is the hash of: else everybody who guesses a name could ask what is there.

A part whose file has the wrong checksum at the end is removed, and so is one of less than 64 KiB;
all others are kept, and are the beginning of the next attempt, whichever transfer that is.
"""
