"""`optlab ceiling`, `screen` and `advise` as a stranger runs them, on the embedded simulator."""

from pathlib import Path
from typing import Any

import jsonschema

from optlab.render.report_json import schema

FAST = ("--sim-speed", "200", "--format", "json")


async def test_a_ceiling_from_a_file_costs_nothing(optlab: Any) -> None:
    folder = Path(optlab.folder)
    (folder / "lengths.jsonl").write_text("\n".join([*map(str, range(1, 100)), '{"output_tokens": 100}']))
    found = (await optlab("ceiling", "--lengths", "lengths.jsonl", "--format", "json")).json
    assert (found["schema"], found["recommended"], found["calls"], found["cost_usd"]) == ("optlab.ceiling/1", 99, 0, 0)
    table = await optlab("ceiling", "hamlet", "--lengths", "lengths.jsonl")
    assert "test it: optlab run hamlet --lever max_tokens:cap=99" in table.stdout.decode()
    assert table.stdout.decode().rstrip().endswith("0 calls, $0")
    (folder / "lengths.jsonl").write_text("1\nx\n")
    refused = await optlab("ceiling", "--lengths", "lengths.jsonl")
    assert "lengths.jsonl, line 2: it is not JSON" in refused.complaint(2)
    assert "--lengths" in (await optlab("ceiling")).complaint(2)


async def test_a_ceiling_measured(optlab: Any) -> None:
    done = await optlab("ceiling", "hamlet", "--answers", "6", *FAST)
    found = done.json
    assert done.code == 0
    assert (found["answers"], found["calls"], found["provenance"]) == (6, 7, "simulated")
    assert (found["recommended"], found["answers_needed"], found["present_cap"]) == (None, 59, 400)
    assert "cannot speed this up" in found["sentence"]
    usage = [b["count"] for b in found["bins"]]
    assert sum(usage) == 6
    kept = (await optlab("history", "--all", "--format", "json")).json["runs"]
    assert [(run["kind"], run["id"]) for run in kept] == [("ceiling", f"{found['study_id']}-1")]
    assert kept[0]["cost_usd"] == found["cost_usd"]


async def test_a_screening_confirms_its_winner(optlab: Any) -> None:
    levers = ("--lever", "smaller_model", "--lever", "streaming", "--lever", "max_tokens:cap=10")
    done = await optlab("screen", "tickets", *levers, "--items", "4", "--pairs", "8", *FAST)
    assert done.code == 0
    assert "SIMULATED" in done.stderr
    found = done.json
    screen = found["screen"]
    assert [len(screen["rows"]), screen["items"], screen["screen_runs"]] == [8, 4, 32]
    assert screen["one_at_a_time"] == 64
    assert screen["chosen"][0].startswith("smaller_model")
    effect = next(e for e in screen["effects"] if e["lever"].startswith("smaller_model"))
    assert 0.5 < effect["saving"] < 0.8
    assert effect["interval"][0] <= effect["saving"] <= effect["interval"][1]
    jsonschema.validate(screen["confirmation"], schema())
    assert screen["confirmation"]["comparisons"][0]["variant"] == screen["confirmation"]["variants"][1]["name"]
    assert len(found["runs"]) == 2
    kept = (await optlab("history", "--all", "--format", "json")).json["runs"]
    assert sum(run["cost_usd"] for run in kept) == found["cost_usd"]
    refused = await optlab("screen", "tickets", "--lever", "streaming")
    assert "2 to 8 levers" in refused.complaint(2)


async def test_a_screening_over_budget_ends_with_its_code(optlab: Any) -> None:
    levers = ("--lever", "smaller_model", "--lever", "streaming")
    done = await optlab("screen", "tickets", *levers, "--budget", "0.02", *FAST)
    assert done.code == 3
    assert done.json["status"] == "budget"
    assert done.json["cost_usd"] <= 0.02


async def test_advice_on_a_measurement_and_on_what_is_kept(optlab: Any) -> None:
    done = await optlab("advise", "support_rules", "--pairs", "3", "--rate", "2", *FAST)
    assert done.code == 0
    advice = done.json["advice"]
    rows = {row["symptom"]: row for row in advice["rows"]}
    assert rows["stable prefix"]["holds"] == "yes"
    assert rows["stable prefix"]["saving_usd"] > 0.5 * advice["cost_usd_per_call"]
    assert "$3.00/M tokens x (1 - (" in rows["stable prefix"]["formula"]
    assert rows["stable prefix"]["command"].endswith("--lever caching:ttl=5m --rate 2")
    assert advice["first"] == "stable prefix"
    assert done.json["cost_usd"] > 0
    again = await optlab("advise", "--run", "last", "--format", "markdown")
    page = again.stdout.decode()
    assert page.startswith("# Support rules: which lever first? · SIMULATED at speed 200")
    assert "First: caching" in page
    assert page.endswith("0 calls, $0\n")
    named = await optlab("advise", "hamlet", "--run", "last")
    assert "no run of hamlet" in named.complaint(2)
