"""What is kept: every run and every record of it in one SQLite file, and notes beside it."""

from optlab.history.notes import Notes
from optlab.history.store import Store, default_path

__all__ = ["Notes", "Store", "default_path"]
