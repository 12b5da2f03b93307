"""How the tests are run."""

from __future__ import annotations

import os


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a test on the screen waits for timers, and for a peer, a
    fifth of its time."""
    return (os.cpu_count() or 1) + 1
