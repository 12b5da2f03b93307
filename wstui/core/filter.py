"""Filters: which entries of a transcript are shown. The names that others import.

`filter_language` reads what was typed, `filter_terms` and `filter_expression` search, `regex_shape`
judges regular expressions, `matches` keeps the index of what was found.
"""

from wstui.core.filter_language import Filter, FilterError, parse_filter
from wstui.core.matches import Matches

__all__ = ["Filter", "FilterError", "Matches", "parse_filter"]
