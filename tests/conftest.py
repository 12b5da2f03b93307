"""How the tests are run."""

from __future__ import annotations

import gc
import os

from hypothesis import HealthCheck, settings

# How long an example takes on a machine that is busy says nothing about what is tested.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a test on the screen waits for timers, and for a peer, a
    fifth of its time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Have what was imported left out of every collection of garbage, and collect less often.

    Each app makes some hundred thousand objects that live as long as it does; to go through all of
    them, and all modules, again and again took a third of the time of a test on the screen.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 5, 10)
