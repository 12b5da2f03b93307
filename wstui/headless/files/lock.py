"""A file that one process alone writes, also when another has the same idea."""

from __future__ import annotations

import os
import sys
from typing import Final

if sys.platform == "win32":
    import msvcrt

    _BEHIND: Final = 1 << 40  # Windows keeps others from the bytes that are locked, so not from any

    def lock(file: int) -> bool:
        """Lock the file of this descriptor as long as it is open; whether nobody else has."""
        at = os.lseek(file, 0, os.SEEK_CUR)
        try:
            os.lseek(file, _BEHIND, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, at, os.SEEK_SET)
        return True

else:
    import fcntl

    def lock(file: int) -> bool:
        """Lock the file of this descriptor as long as it is open; whether nobody else has."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # some network file systems have no locks
            return True
        return True
