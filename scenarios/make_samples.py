"""Writes what the bundled scenarios are measured on, always the same: `python scenarios/make_samples.py`.

With a folder as argument it is written there instead. What is asked and what counts as right is told in `recipes`.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from recipes import clock_prefix, invoices, long_chat, request_log, support_desk, tickets, trim_bench
from recipes.item import Item

HERE = Path(__file__).resolve().parent
SAMPLES: Mapping[str, Callable[[], list[Item]]] = {
    "clock_prefix": clock_prefix.items,
    "invoices": invoices.items,
    "long_chat": long_chat.items,
    "support_desk": support_desk.items,
    "tickets": tickets.items,
    "trim_bench": trim_bench.items,
}


def main(folder: Path) -> None:
    """Write every file below `folder`."""
    for name, items in SAMPLES.items():
        lines = [json.dumps(item.row, ensure_ascii=False) + "\n" for item in items()]
        _write(folder / name / "samples.jsonl", lines)
    _write(folder / "clock_prefix.requests.jsonl", request_log.lines(HERE))


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), "utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
