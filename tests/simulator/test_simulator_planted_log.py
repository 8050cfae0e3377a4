"""The log of the scenario `clock_prefix`, sent to the simulator: what is planted as a hit reads, nothing else does."""

import json
import sys
from pathlib import Path
from typing import Any

from exact_prompts import billed, call

from optlab.simulator.simulation import Simulator

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
BEGUN_S = 0.9
"""An answer begins so long after its request."""

if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

from recipes.request_log import PLANTED  # noqa: E402 - found in the folder above


def test_planted_hits_are_hits_and_planted_misses_misses(simulator: Simulator, clock: Any) -> None:
    lines = (FOLDER / "clock_prefix.requests.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(PLANTED)
    assert len({cause for cause, _ in PLANTED}) == 10 and len({breaker for _, breaker in PLANTED if breaker}) == 11
    waiting: list[tuple[float, Any]] = []
    found = []
    for line in lines:
        body = json.loads(line)
        clock.time = body.pop("at")
        for at, made in waiting:
            if at + BEGUN_S <= clock.time:
                simulator.cache.store(made.claim)
        waiting = [(at, made) for at, made in waiting if at + BEGUN_S > clock.time]
        made = call(simulator, begin=False, **body)
        waiting.append((clock.time, made))
        found.append(billed(made)[0] > 0)
    assert found == [cause == "hit" for cause, _ in PLANTED]
