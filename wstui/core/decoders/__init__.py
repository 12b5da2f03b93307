"""Decoders: what a payload may be besides bytes. A decoder never changes what is stored."""
