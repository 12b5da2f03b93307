"""Filters: which entries of a transcript are shown. The names that others import.

`language` reads what was typed, `terms` and `expression` search, `regex_shape` judges regular
expressions, `matches` keeps the index of what was found.
"""

from wstui.core.filter.language import Filter, FilterError, parse_filter
from wstui.core.filter.matches import Matches

__all__ = ["Filter", "FilterError", "Matches", "parse_filter"]
