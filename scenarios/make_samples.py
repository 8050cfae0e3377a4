"""Writes the samples of the bundled scenarios, always the same ones: `python scenarios/make_samples.py`.

With a folder as argument they are written there instead. What a scenario's samples are is told in `recipes`.
"""

import json
import sys
from pathlib import Path

from recipes import invoices, long_chat, support_desk, tickets, trim_bench

SAMPLES = {
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
        target = folder / name / "samples.jsonl"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(lines), "utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
