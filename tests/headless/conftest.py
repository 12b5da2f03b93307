"""Folders for tests of files that are sent and received."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.file_support import noise


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with files to send."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "empty").write_bytes(b"")
    (folder / "small.txt").write_bytes(b"hello\n")
    (folder / "large.bin").write_bytes(noise(3_000_001))
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """A folder for what comes."""
    folder = tmp_path / "in"
    folder.mkdir()
    return folder
