"""What is kept: every run and every record of it, in one SQLite file."""

from optlab.history.store import Store, default_path

__all__ = ["Store", "default_path"]
