"""`optlab cascade` as a process: stored outcomes without a call, a study on the simulator, the lever it leads to."""

import json
import random
from pathlib import Path
from typing import Any

KEYS = ["n", "escalation", "accuracy", "big_accuracy", "break_even", "saving", "false_pass", "false_fail", "intervals"]
FACTS = {
    "Refunds": (7, "days"), "Repairs": (3, "weeks"), "Deliveries": (4, "days"), "Returns": (30, "days"),
    "Replies": (12, "hours"), "Invoices": (9, "days"),
}  # fmt: skip


def outcomes(folder: Path, n: int = 60) -> str:
    rng = random.Random(4)
    lines = []
    for i in range(n):
        right = rng.random() < 0.8
        passed = rng.random() < (0.9 if right else 0.3)
        usd = {"small_usd": 0.00105, "judge_usd": 0.000315, "big_usd": 0.00315}
        lines.append({"id": str(i), "small_right": right, "big_right": True, "judge_pass": passed, **usd})
    path = folder / "outcomes.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path.name


async def test_stored_outcomes_need_no_call(optlab: Any) -> None:
    folder = Path(optlab.folder)
    name = outcomes(folder)
    done = await optlab("cascade", "--outcomes", name, "--format", "json")
    assert (done.code, done.stderr) == (0, "")
    found = done.json
    assert list(found) == KEYS and list(found["intervals"]) == KEYS[1:-1]
    assert found["n"] == 60 and abs(found["break_even"] - 0.5667) < 1e-3
    assert abs(found["saving"] - (found["break_even"] - found["escalation"])) < 1e-9
    page = (await optlab("cascade", "--outcomes", name)).stdout.decode()
    assert "0 calls, $0" in page and "57%" in page
    (folder / "bad.jsonl").write_text("{}", "utf-8")
    assert "bad.jsonl, line 1: " in (await optlab("cascade", "--outcomes", "bad.jsonl")).complaint(2)


async def test_asked_for_nothing_or_for_both(optlab: Any) -> None:
    assert "name a scenario to study, or a file" in (await optlab("cascade")).complaint(2)
    name = outcomes(Path(optlab.folder))
    for given in (
        ("--small", "claude-haiku-4-5"),
        ("--threshold", "50"),
        ("--audit", "1.0"),
        ("--seed", "0"),
        ("--yes",),
    ):
        refused = (await optlab("cascade", "--outcomes", name, *given)).complaint(2)
        assert f"{given[0]} is for a study of a scenario" in refused
    assert "not both" in (await optlab("cascade", "hamlet", "--outcomes", "x")).complaint(2)
    assert "threshold is a whole number from 0 to 100" in (
        await optlab("cascade", "hamlet", "--threshold", "101")
    ).complaint(2)


def desk(folder: Path) -> str:
    """Questions with one fact each, half of them behind a sum that small models get wrong."""
    rules = " ".join(f"{name} take {number} {unit}." for name, (number, unit) in FACTS.items())
    rng = random.Random(2)
    lines: list[dict[str, Any]] = []
    for i in range(24):
        if i % 2:
            name, (number, unit) = list(FACTS.items())[i // 2 % len(FACTS)]
            asked, value = f"Hello, I was in your shop at noon. How many {unit} do {name.lower()} take?", number
        else:
            parts = [rng.randint(11, 99) for _ in range(6)]
            asked, value = f"What is {' + '.join(map(str, parts))}?", sum(parts)
        lines.append({"id": f"q{i}", "q": asked, "check": [{"kind": "numeric", "value": value}]})
    (folder / "samples.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    (folder / "desk.toml").write_text(
        'name = "Desk"\nmodel = "claude-sonnet-4-6"\nmax_tokens = 200\n[[segment]]\nname = "rules"\n'
        'where = "system"\n'
        f'text = "{rules}"\n[[segment]]\nname = "q"\nwhere = "user"\ntext = "{{q}}"\n'
        '[samples]\nfile = "samples.jsonl"\n',
        "utf-8",
    )
    return "desk.toml"


async def test_a_study_and_a_run_with_its_lever(optlab: Any) -> None:
    """Small model and judge on every sample, the big model on all of them; then one run with the lever."""
    name = desk(Path(optlab.folder))
    done = await optlab("cascade", name, "--sim-speed", "300", "--format", "json")
    assert done.code == 0, done.stderr
    found = done.json
    assert (found["provenance"], found["n"], found["status"]) == ("simulated", 24, "finished")
    assert found["basis"] == "checks"
    assert found["calls"] == 3 * 24 + 2 * 3 and found["cost_usd"] > 0, "two chunks, each with its warm-ups"
    assert found["unreadable_verdicts"] == found["left_out"] == 0
    assert 0 < found["escalation"] < 1 and -0.3 < found["break_even"] < 0.6
    assert [point["threshold"] for point in found["curve"]] == list(range(0, 101, 10))
    assert len({point["escalation"] for point in found["curve"]}) > 3, "scores tell answers apart"
    assert found["waiting_ms"]["judge"]["n"] == found["waiting_ms"]["big"]["n"] == 24
    assert (found["money"], found["command"]) == ("costs more", None), "what costs more is not recommended"

    run = (await optlab("run", name, "--lever", "cascade", "--lever", "streaming", "--pairs", "6", "--sim-speed", "300",
                        "--primary", "cost_usd", "--format", "json")).json  # fmt: skip
    (_, cascade) = run["variants"]
    assert cascade["levers"][1].startswith("cascade:small=claude-haiku")
    assert "cascade_streaming" in {c["code"] for c in run["caveats"]}
    assert len((await optlab("history", "--all", "--format", "json")).json["runs"]) == 2 * 2 + 1
    benchmark, study = (await optlab("history", "--format", "json")).json["runs"]
    assert (benchmark["entry"], study["entry"], study["runs"]) == ("run", "study", 4)
