"""Keeps what outlives a run: profiles."""
