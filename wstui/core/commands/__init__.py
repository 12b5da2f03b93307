"""The command language: what may be typed into the command bar, and what it means."""
