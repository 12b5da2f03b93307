"""JSON of an entry, indented and coloured.

Owns nothing but the choice of rows: the grammar is the matter of `core.json_lines`, scrolling and
colours that of `rows_view`.
"""

from __future__ import annotations

from rich.cells import cell_len

from wstui.core.json_lines import JsonRows
from wstui.core.wrap import Reader
from wstui.widgets.rows_view import RowsView
from wstui.widgets.text_view import EMPTY


class JsonView(RowsView):
    """A payload as JSON, with numbers, keys and their order exactly as they were sent."""

    def show_json(self, read: Reader, size: int) -> None:
        """Show `size` bytes of JSON; from the first error on they are shown as text."""
        self.show((lambda width: JsonRows(read, size, width, cell_len)) if size else None, EMPTY)
