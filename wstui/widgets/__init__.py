"""Widgets of the workbench; they speak upwards in their own messages only."""
