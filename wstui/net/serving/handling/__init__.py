"""Handler files: Python of the user's own that answers clients, see `wstui.handlers`."""
