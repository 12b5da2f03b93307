"""Colours: the themes, and the variables that all style sheets use instead of literal colours."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

VARIABLES: Final = {
    "in": "#7cc4ff",
    "out": "#f5b86b",
    "control": "#a99cf5",
    "closing": "#fb7185",
    "binary": "#7ee787",
    "dim": "#6b7484",
    "border": "#5eead4",
    "border-blurred": "#2a3140",
    "footer-key-foreground": "#5eead4",
}
"""Colours of our own: direction in and out, control frames, close, binary data, side remarks."""

NIGHT: Final = Theme(
    name="wstui-night",
    dark=True,
    primary="#5eead4",
    secondary="#7cc4ff",
    accent="#5eead4",
    warning="#f5b86b",
    error="#fb7185",
    success="#7ee787",
    foreground="#d6dae2",
    background="#0e1117",
    surface="#12161e",
    panel="#1a1f2a",
    variables=VARIABLES,
)

DAY: Final = Theme(
    name="wstui-day",
    dark=False,
    primary="#0f766e",
    secondary="#0b62b0",
    accent="#0f766e",
    warning="#9a5b00",
    error="#be123c",
    success="#15803d",
    foreground="#1f2530",
    background="#fbfbf9",
    surface="#f2f2ee",
    panel="#e7e7e2",
    variables={
        "in": "#0b62b0",
        "out": "#9a5b00",
        "control": "#5b45c9",
        "closing": "#be123c",
        "binary": "#15803d",
        "dim": "#6a7180",
        "border": "#0f766e",
        "border-blurred": "#c9ccd2",
        "footer-key-foreground": "#0f766e",
    },
)
