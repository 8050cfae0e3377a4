"""`optlab run` against the embedded simulator: the comparison a stranger gets with one command."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from optlab.core import events
from optlab.core.events import WorkerReady
from optlab.core.plan_events import ExperimentPlanned
from optlab.core.run_events import CallFinished, ExperimentFinished, ExperimentStarted, RunFinished, TextDelta
from optlab.render.report_json import report_object, schema

Caveats = Callable[[Any], set[str]]


async def test_streaming_on_hamlet_in_every_way_it_can_be_shown(optlab: Any, caveats: Caveats) -> None:
    """One measured run, then the same run from the history as JSON, table and Markdown."""
    done = await optlab("run", "hamlet", "--lever", "streaming", "--sim-speed", "100", "--format", "json")
    assert done.code == 0
    report = done.json
    jsonschema.validate(report, schema())
    assert report["schema"] == "optlab.report/1"
    assert (report["provenance"], report["sim_speed"], report["pairs"]) == ("simulated", 100.0, 12)
    assert (report["status"], report["primary"], report["source"]) == ("finished", "first_visible", "hamlet")
    base, stream = report["variants"]
    assert (base["name"], stream["name"], stream["levers"]) == ("baseline", "streaming", ["streaming"])
    for variant in (base, stream):
        assert (variant["runs"], variant["errors"], variant["model"]) == (12, 0, "claude-sonnet-4-6")
        figures = variant["first_visible_ms"]
        low, high = figures["p50_interval"]
        assert low <= figures["p50"] <= high
        assert figures["p90"] is None
        assert figures["p90_interval"][0] >= figures["p50"]
        assert figures["p90_interval"][1] is None
        usage = variant["usage"]
        usd = (usage["input_tokens"] * 3 + usage["output_tokens"] * 15) / 1e6
        assert variant["cost_usd"]["total"] == pytest.approx(usd, rel=1e-9), "dollars of the price table"
        assert usage["output_tokens"] > 13 * 40
    assert {"p90_open", "one_item"} <= caveats(report)
    assert "n = 12" in next(c["sentence"] for c in report["caveats"] if c["code"] == "p90_open")
    assert stream["first_visible_ms"]["p50"] < 0.6 * base["first_visible_ms"]["p50"]
    assert stream["ttft_ms"]["p50"] == stream["first_visible_ms"]["p50"]
    assert base["ttft_ms"] | {"n": 0} == base["ttft_ms"]
    assert base["ttft_ms"]["p50"] is None
    assert 5 < stream["tpot_visible_ms"]["p50"] < 60
    assert report["cost_usd"] == pytest.approx(base["cost_usd"]["total"] + stream["cost_usd"]["total"], rel=1e-9)

    (card,) = report["cards"]
    assert card["variant"] == "streaming"
    assert card["verdict"] in ("ADOPT", "NOT YET KNOWN")
    assert len(card["reason"]) > 20
    compared = {c["metric"]: c for c in report["comparisons"]}
    assert compared["first_visible"]["verdict"] == "better"
    assert (compared["first_visible"]["pairs_won"], compared["first_visible"]["pairs_seen"]) == (12, 12)
    assert compared["first_visible"]["estimate"] > 0.4

    (said,) = done.stderr.splitlines()
    assert "SIMULATED at speed 100" in said
    assert "no credential was found" in said
    assert "26 calls" in said

    shown = await optlab("show", "last", "--format", "json")
    assert (shown.code, shown.json, shown.stderr) == (0, report, "")

    table = await optlab("show", report["run_id"][:17])
    text = table.stdout.decode()
    assert table.code == 0
    assert "SIMULATED" in text
    assert card["verdict"] in text
    assert card["reason"][:40] in text
    assert "no upper bound at n = 12" in text
    assert "streaming" in text
    assert "\x1b" not in text, "no colours where nobody looks"

    markdown = (await optlab("show", "last", "--format", "markdown")).stdout.decode()
    assert markdown.startswith("# ")
    assert f"**{card['verdict']}** streaming" in markdown
    assert "simulated" in markdown.casefold()

    history = (await optlab("history", "--format", "json")).json
    (run,) = history["runs"]
    assert (run["id"], run["scenario"], run["provenance"]) == (
        report["run_id"],
        "Hamlet in three bullets",
        "simulated",
    )
    assert (run["status"], run["cost_usd"]) == ("finished", report["cost_usd"])
    assert report["run_id"] in (await optlab("history")).stdout.decode()


async def test_the_baseline_against_itself_as_a_stream_of_events(optlab: Any) -> None:
    done = await optlab(
        "run", "hamlet", "--aa", "--pairs", "6", "--sim-speed", "200", "--seed", "3", "--format", "jsonl"
    )
    assert done.code == 0
    told = [events.decode(line) for line in done.stdout.splitlines(keepends=True)]
    kinds = [type(e) for e in told]
    assert kinds[:3] == [WorkerReady, ExperimentPlanned, ExperimentStarted]
    assert kinds[-1] is ExperimentFinished
    assert kinds.count(RunFinished) == kinds.count(CallFinished) == 14
    runs = {e.run.id: e.run for e in told if isinstance(e, RunFinished)}
    texts: dict[str, str] = {}
    for event in told:
        if isinstance(event, TextDelta):
            texts[event.run] = texts.get(event.run, "") + event.text
    assert texts == {run_id: run.answer for run_id, run in runs.items()}
    last = told[-1]
    assert isinstance(last, ExperimentFinished)
    assert (last.report.seed, last.report.status) == (3, "finished")
    assert [v.name for v in last.report.variants] == ["baseline", "baseline again"]
    (card,) = last.report.cards
    assert card.verdict.value not in ("ADOPT", "ROLL BACK")
    assert (await optlab("show", "last", "--format", "json")).json == json.loads(json.dumps(report_object(last.report)))


async def test_caching_writes_and_reads_on_sonnet_and_not_on_haiku(optlab: Any, caveats: Caveats) -> None:
    """The same rules: above the minimum of Sonnet 4.6, below that of Haiku 4.5, and no error says so."""
    # At 20 times the speed an entry lives for 15 seconds of the wall: long enough for a busy machine.
    arguments = ("--pairs", "3", "--sim-speed", "20", "--format", "json")
    both = ("--lever", "caching", "--lever", "smaller_model")
    # Side by side, so that two workers also meet in a history that is not there yet.
    sonnet, haiku = [
        done.json
        for done in await asyncio.gather(
            optlab("run", "support_rules", "--lever", "caching", *arguments),
            optlab("run", "support_rules", *both, *arguments),
        )
    ]
    jsonschema.validate(sonnet, schema())
    base, cached = sonnet["variants"]
    assert (base["cache"]["read_tokens"], base["cache"]["write_tokens"]) == (0, 0)
    assert base["usage"]["cache_read_tokens"] == 0
    written = cached["usage"]["cache_write_5m_tokens"]
    assert 2_000 < written < 4_000, "once, by the warm-up"
    assert cached["usage"]["cache_read_tokens"] == 3 * written
    assert cached["cache"] == {"hit_rate": 1.0, "read_tokens": 3 * written, "write_tokens": written}
    assert cached["cold"]["cache_write_tokens"] == written
    assert cached["cost_usd"]["by_class"]["cache_write_5m"] == pytest.approx(written * 3.75 / 1e6)
    assert cached["cost_usd"]["by_class"]["cache_read"] == pytest.approx(3 * written * 0.3 / 1e6)
    assert cached["cost_usd"]["mean"] < base["cost_usd"]["mean"]
    assert "below_minimum" not in caveats(sonnet)

    stacked = haiku["variants"][1]
    assert (stacked["name"], stacked["model"]) == ("smaller_model+caching", "claude-haiku-4-5-20251001")
    assert stacked["usage"]["cache_write_5m_tokens"] == stacked["usage"]["cache_read_tokens"] == 0
    assert stacked["cache"]["hit_rate"] == 0.0
    assert "below_minimum" in caveats(haiku)


async def test_one_candidate_a_lever(optlab: Any) -> None:
    done = await optlab(
        "run", "hamlet", "--lever", "streaming", "--lever", "max_tokens:cap=60", "--each", "--pairs", "2",
        "--primary", "e2e", "--sim-speed", "100",
    )  # fmt: skip
    text = done.stdout.decode()
    assert done.code == 0
    assert "SIMULATED" in text
    report = (await optlab("show", "last", "--format", "json")).json
    assert [v["name"] for v in report["variants"]] == ["baseline", "max_tokens", "streaming"]
    assert report["variants"][1]["levers"] == ["max_tokens:cap=60"]
    assert report["variants"][1]["stop_reasons"] == {"max_tokens": 2}
    assert report["variants"][1]["usage"]["output_tokens"] == 3 * 60
    assert [c["variant"] for c in report["cards"]] == ["max_tokens", "streaming"]


async def test_a_seed_repeats_order_answers_usage_and_cost_and_another_seed_does_not(optlab: Any) -> None:
    """Three simulators, each a process of its own. Times are measured and differ; all else is drawn by the seed."""
    asked = ("run", "support_rules", "--lever", "smaller_model", "--lever", "streaming", "--each", "--pairs", "4")
    one, again, other = await asyncio.gather(
        *(optlab(*asked, "--sim-speed", "400", "--format", "jsonl", "--seed", seed) for seed in ("7", "7", "8"))
    )
    first, second, third = map(drawn, (one, again, other))
    assert len(first["order"]) == 3 * (4 + 1)
    assert first == second
    for what in ("order", "answers", "cost"):
        assert first[what] != third[what], what


def drawn(done: Any) -> dict[str, Any]:
    """What the seed decides of a run, in the order in which it happened."""
    assert done.code == 0
    told = [events.decode(line) for line in done.stdout.splitlines(keepends=True)]
    runs = [e.run for e in told if isinstance(e, RunFinished)]
    last = told[-1]
    assert isinstance(last, ExperimentFinished)
    return {
        "order": [(run.phase, run.sample, run.variant) for run in runs],
        "answers": [run.answer for run in runs],
        "usage": [run.usage for run in runs],
        "cost": [run.cost for run in runs] + [variant.cost for variant in last.report.variants],
        "checks": [run.checks for run in runs],
        "total": last.report.cost_usd,
    }
