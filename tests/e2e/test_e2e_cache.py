"""`optlab cache` as a user runs it: tables, JSON, exit codes, and a real cache behind `measure`."""

import json
from pathlib import Path
from typing import Any

RULES = "Be kind, precise and short; never promise what the shop cannot keep. " * 120


def log(folder: str, *stamps: str) -> str:
    path = Path(folder) / "requests.jsonl"
    mark = {"cache_control": {"type": "ephemeral"}}
    requests = [
        {
            "model": "claude-sonnet-4-6",
            "max_tokens": 9,
            "system": [{"type": "text", "text": stamp}, {"type": "text", "text": RULES, **mark}],
            "messages": [{"role": "user", "content": "Hi"}],
        }
        for stamp in stamps
    ]
    path.write_text("\n".join(map(json.dumps, requests)))
    return path.name


async def test_doctor(optlab: Any) -> None:
    name = log(optlab.folder, "Now 2026-11-22T10:00:00Z.", "Now 2026-11-22T10:00:07Z.", "Now 2026-11-22T10:00:07Z.")
    found = (await optlab("cache", "doctor", name, "--format", "json")).json
    assert found.keys() == {"requests", "summary"}
    assert all(r.keys() == {"index", "cause", "block", "breaker", "lost_tokens"} for r in found["requests"])
    assert [r["cause"] for r in found["requests"]] == ["first_of_template", "changed_block", "hit"]
    assert (found["requests"][1]["block"], found["requests"][1]["breaker"]) == ("system[0]", "iso_timestamp")
    table = (await optlab("cache", "doctor", name)).stdout.decode()
    assert "2026-11-22T10:00:00Z. → 2026-11-22T10:00:07Z." in table
    assert "ESTIMATED" in table and table.rstrip().endswith("0 calls, $0")


async def test_what_a_log_says_is_not_obeyed(optlab: Any) -> None:
    done = await optlab("cache", "doctor", log(optlab.folder, "\x1b[31mAnn\u202e", "\x1b[31mBob\u202e"))
    assert done.code == 0 and b"\x1b" not in done.stdout and "\u202e" not in done.stdout.decode()
    assert "Ann" in done.stdout.decode()


async def test_a_broken_log_is_one_sentence(optlab: Any) -> None:
    (Path(optlab.folder) / "broken.jsonl").write_bytes(b"[" * 100_000)
    assert "broken.jsonl, line 1: it is nested too deep" in (await optlab("cache", "doctor", "broken.jsonl")).complaint(
        2
    )


async def test_plan(optlab: Any) -> None:
    found = (await optlab("cache", "plan", "support_rules", "--rate", "0.1", "--format", "json")).json
    assert [plan["ttl"] for plan in found["plans"]] == ["none", "5m", "1h", "keep_alive"]
    assert all(plan.keys() == {"ttl", "hit_rate", "multiplier", "usd_per_1000_calls"} for plan in found["plans"])
    assert found["choice"] == "1h"
    (Path(optlab.folder) / "arrivals").write_text("2026-01-01T00:00:00Z\n2026-01-01T00:01:00Z\n")
    asked = ("--model", "claude-sonnet-4-6", "--prefix-tokens", "5000", "--arrivals", "arrivals")
    table = (await optlab("cache", "plan", *asked)).stdout.decode()
    assert "→ 5 minutes" in table and "2 calls replayed" in table and table.rstrip().endswith("0 calls, $0")
    assert "finite" in (await optlab("cache", "plan", "support_rules", "--rate", "inf")).complaint(2)


async def test_measure_against_the_cache_of_the_simulator(optlab: Any) -> None:
    done = await optlab("cache", "measure", "support_rules", "--pairs", "6", "--sim-speed", "100", "--format", "json")
    found = done.json
    assert (done.code, found["provenance"], found["pairs"]) == (0, "simulated", 6)
    assert found["set_aside"] == {"cold_read": 0, "cold_wrote_nothing": 0, "warm_read_nothing": 0}
    assert found["cold"]["read_tokens"] == 0 < found["cold"]["written_tokens"]
    assert found["warm"]["written_tokens"] == 0 < found["warm"]["read_tokens"]
    assert found["warm"]["cost_usd"] < 0.3 * found["cold"]["cost_usd"]
    assert found["expected"]["rate_per_minute"] == 4.0
    assert found["calls"] == 14 and found["cost_usd"] > 0 and len(found["runs"]) == 1
    assert len(found["interval"]) == 2
    kept = (await optlab("history", "--all", "--format", "json")).json["runs"]
    assert [(run["id"], run["kind"]) for run in kept] == [(found["runs"][0], "cache")]


async def test_measure_says_before_paying_that_nothing_would_be_cached(optlab: Any) -> None:
    done = await optlab("cache", "measure", "support_rules", "--model", "claude-haiku-4-5")
    text = done.stdout.decode()
    assert done.code == 0 and "nothing was measured" in text and "4,096" in text
    assert "0 calls, $0 of simulated money" in text
