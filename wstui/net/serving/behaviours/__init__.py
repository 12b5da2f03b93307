"""The kinds of behaviours, a module each, and what several of them are built on."""
