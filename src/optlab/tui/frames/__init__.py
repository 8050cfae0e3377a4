"""Panes as frames: found, jumped to, maximised, resized and read as plain text, the same way in every place."""
