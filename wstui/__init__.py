"""wstui, the WebSocket workbench for the terminal. This module owns the version only."""

__version__ = "0.1.0"
