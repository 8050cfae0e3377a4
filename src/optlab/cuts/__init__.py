"""What of a prompt can be cut: its pieces, and wins that need no call. Pure text; knows only `core` and `catalogue`."""
