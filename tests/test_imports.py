"""The rings: import contracts, and what a clean interpreter has loaded after an import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CORE = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "wstui" / "core").rglob("*.py")
    if path.name != "__init__.py"
)


def all_loaded(statement: str) -> set[str]:
    """All modules that a clean interpreter has loaded after `statement`."""
    code = f"import sys; {statement}; print(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(out.stdout.split())


def loaded(statement: str) -> set[str]:
    """The top-level ones of them."""
    return {name.split(".")[0] for name in all_loaded(statement)}


def test_contracts() -> None:
    """All import contracts of pyproject.toml are kept."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout


def test_core_is_pure() -> None:
    """All core modules together load no event loop, socket, TLS, database or screen."""
    modules = loaded(f"import {', '.join(CORE)}")
    # What the codecs of third parties load by themselves is not ours: the contracts see to it
    # that no module of the core names these.
    forbidden = {"asyncio", "ssl", "sqlite3", "websockets", "textual", "rich"}
    assert not modules & forbidden


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import wstui.cli", {"asyncio", "textual", "websockets", "rich", "tomllib", "tomlkit"}),
        ("import wstui.net.pool, wstui.net.demo", {"textual", "rich"}),
        ("import wstui.headless.listen", {"textual", "rich", "websockets", "tomlkit", "sqlite3"}),
        ("import wstui.handlers", {"asyncio", "textual", "rich", "ssl", "tomlkit"}),
        ("import wstui.app", {"websockets", "pyperclip", "sqlite3", "tomlkit"}),
        ("import wstui.storage.profiles", {"asyncio", "textual", "rich", "ssl", "tomlkit"}),
    ],
)
def test_nothing_is_loaded_before_it_is_needed(statement: str, absent: set[str]) -> None:
    """The command line loads no other ring, no ring loads another but the core."""
    assert not loaded(statement) & absent


def test_the_first_frame_does_not_wait_for_listeners() -> None:
    """Neither who connects nor the app before its workbench loads what is only for listeners."""
    start = "from wstui.cli import named_options; named_options('ws://h', []); import wstui.app"
    start += "; import wstui.net.pool, wstui.storage.profiles"
    served = ("wstui.core.serving", "wstui.core.options.listen", "wstui.core.profiles")
    assert [name for name in all_loaded(start) if name.startswith(served)] == []
