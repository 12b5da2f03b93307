"""Failures and closes in words: what happened, and what to try."""
