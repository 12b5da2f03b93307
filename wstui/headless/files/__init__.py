"""Files that are sent and received: what blocks, what is awaited, what is shown.

The protocol is the matter of `core.file_transfer`.
"""
