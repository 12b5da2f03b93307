"""What Textual makes of style sheets, kept from one app to the next.

Every app reads the same sheets with the same colours, which takes it a sixth of its start. What
comes of them is only looked at: within one app, all widgets share it.
"""

from __future__ import annotations

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

Variables = tuple[tuple[str, str], ...]

_read = Stylesheet._parse_rules
_variables: tuple[dict[str, str], Variables] = ({}, ())
"""Those of the style sheet asked for last, and the same as a part of a key."""
_known: dict[tuple[Variables, str, CSSLocation, bool, int, str], list[RuleSet]] = {}


def rules(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    """The rules of a sheet; parsed when it is new, or its variables are."""
    global _variables
    if _variables[0] is not self._variables:
        _variables = (self._variables, tuple(self._variables.items()))
    key = (_variables[1], css, read_from, is_default_rules, tie_breaker, scope)
    if key not in _known:
        _known[key] = _read(self, css, read_from, is_default_rules, tie_breaker, scope)
    return _known[key]
