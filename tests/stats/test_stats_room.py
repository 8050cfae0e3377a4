"""What importing the room costs, and what it reaches for."""

import subprocess
import sys

from optlab import stats

PROBE = """
import sys
import optlab.stats
print([name for name in ("scipy", "numpy", "rapidfuzz") if name in sys.modules])
print(sorted(name for name in sys.modules if name.startswith("optlab.") and not name.startswith("optlab.stats")))
"""


def test_import_is_cheap_and_reaches_only_for_the_words() -> None:
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    heavy, rooms = run.stdout.splitlines()
    assert heavy == "[]"
    assert all(name.startswith("'optlab.core") for name in rooms.strip("[]").split(", "))


def test_everything_offered_exists_and_is_explained() -> None:
    for name in stats.__all__:
        assert getattr(stats, name) is not None
        assert name in {"GuardState"} or getattr(stats, name).__doc__
