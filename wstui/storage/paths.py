"""Where wstui keeps its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

CONFIG_DIR: Final = "WSTUI_CONFIG_DIR"
"""The variable of the environment that names another folder for the configuration."""


def config_dir() -> Path:
    """The folder of the user's configuration, which need not exist."""
    chosen = os.environ.get(CONFIG_DIR)
    if chosen:
        return Path(chosen).expanduser()
    # Here and not above: with a folder of one's own nobody needs it.
    import platformdirs

    return platformdirs.user_config_path("wstui", appauthor=False)


def history_file() -> Path:
    """The file of what was typed in line mode, which need not exist."""
    return config_dir() / "repl-history"
