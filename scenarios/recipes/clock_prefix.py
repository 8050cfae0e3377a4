"""Questions to the handbook of `clock_prefix`, each asked at its own second."""

import datetime
import random

from recipes import trim_bench
from recipes.item import Item

FIRST = datetime.datetime(2026, 11, 3, 9, 0, 12, tzinfo=datetime.UTC)


def items() -> list[Item]:
    """The questions of the trimming bench with the time at which each was asked."""
    rng = random.Random("clock_prefix")
    at = FIRST
    made = []
    for item in trim_bench.items():
        made.append(Item({"id": item.row["id"], "now": f"{at:%Y-%m-%dT%H:%M:%SZ}", **item.row}, item.right, item.wrong))
        at += datetime.timedelta(seconds=rng.randint(7, 25))
    return made
