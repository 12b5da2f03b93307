"""The options of a connection: what there is, what is valid, and how each is written."""
