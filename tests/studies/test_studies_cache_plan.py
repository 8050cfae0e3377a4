"""The planner: what it says of a rate is what an exact replay of such arrivals says; breakpoints are the cheapest."""

import itertools
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from optlab.core.cache_report import PlanReport
from optlab.core.commands import PlanCache
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario, Traffic
from optlab.engine import scenarios
from optlab.engine.pricing import OwnPrice, Pricer
from optlab.stats import replay_cache
from optlab.studies.cache.breakpoints import best_breakpoints
from optlab.studies.cache.plan import plan_cache
from optlab.studies.cache.request_log import read_log

PRICES = Pricer()
SONNET = PlanCache(model="claude-sonnet-4-6", prefix_tokens=2800)
MARK = {"cache_control": {"type": "ephemeral"}}


def multipliers(report: PlanReport) -> dict[str, float]:
    return {plan.ttl: plan.multiplier for plan in report.plans}


def arrivals(tmp_path: Path, times: list[float]) -> str:
    path = tmp_path / "arrivals.txt"
    path.write_text("".join(f"{time!r}\n" for time in times))
    return str(path)


def asked(command: PlanCache, scenario: Scenario | None = None, **changes: Any) -> PlanReport:
    return plan_cache(msgspec.structs.replace(command, **changes), scenario, PRICES)


@pytest.mark.parametrize("rate", [0.02, 0.1, 1.0])
def test_a_rate_and_twenty_thousand_such_arrivals_agree_within_two_percent(tmp_path: Path, rate: float) -> None:
    draw, times = random.Random(11), [0.0]
    while len(times) < 20_000:
        times.append(times[-1] + draw.expovariate(rate / 60))
    file = arrivals(tmp_path, times)
    for limit in (None, 45.0):
        formula = asked(SONNET, rate_per_minute=rate, keep_alive_min=limit)
        replayed = asked(SONNET, arrivals=file, keep_alive_min=limit)
        for by_rate, by_times in zip(formula.plans, replayed.plans, strict=True):
            assert by_times.multiplier == pytest.approx(by_rate.multiplier, rel=0.02), by_rate.ttl
            assert by_times.usd_per_1000_calls == pytest.approx(by_rate.usd_per_1000_calls, rel=0.02)
        assert formula.choice == replayed.choice and replayed.arrivals == 20_000
        assert replayed.rate_per_minute == pytest.approx(rate, rel=0.02)


@pytest.mark.parametrize(("ttl", "write", "ttl_s"), [("5m", 1.25, 300.0), ("1h", 2.0, 3600.0)])
def test_the_multiplier_is_the_bill_of_the_general_replay(tmp_path: Path, ttl: str, write: float, ttl_s: float) -> None:
    draw, times = random.Random(2), [1.7e9]
    while len(times) < 2000:
        times.append(times[-1] + draw.choice((2.0, 40.0, 299.0, 300.0, 4000.0)))
    requests = [{"t": time, "blocks": [["prefix", 2800]]} for time in times]
    bill = replay_cache(requests, [0], ttl_s=ttl_s, write=write).cost
    found = multipliers(asked(SONNET, arrivals=arrivals(tmp_path, times)))
    assert found[ttl] == pytest.approx(bill / 2800 / len(times), rel=1e-9)


def test_the_figures_of_the_method() -> None:
    """One call per 10 minutes: .798 with 5 minutes, .105 with an hour; $3 per million tokens."""
    report = asked(SONNET, rate_per_minute=0.1)
    found = multipliers(report)
    assert (round(found["5m"], 3), round(found["1h"], 3), found["none"]) == (0.798, 0.105, 1.0)
    assert report.plans[0].usd_per_1000_calls == pytest.approx(2800 * 3e-6 * 1000)
    assert report.choice == "1h" and report.break_even == pytest.approx({"5m": 0.25 / 1.15, "1h": 1 / 1.9})
    kept = report.plans[3]
    assert kept.hit_rate == 1.0
    assert kept.multiplier == pytest.approx(0.1 + kept.pings_per_call * (0.1 + 5 / 2800))


def test_rare_calls_buy_nothing_and_bursts_five_minutes(tmp_path: Path) -> None:
    assert asked(SONNET, rate_per_minute=1 / 600).choice == "none"
    bursts = [86_400.0 * day + 20.0 * call for day in range(20) for call in range(10)]
    report = asked(SONNET, arrivals=arrivals(tmp_path, bursts))
    assert report.choice == "5m" and multipliers(report)["keep_alive"] > 1.0


def test_below_the_minimum_every_way_costs_the_same() -> None:
    report = asked(PlanCache(model="claude-haiku-4-5", prefix_tokens=2808), rate_per_minute=4.0)
    assert set(multipliers(report).values()) == {1.0} and report.choice == "none"
    assert {plan.hit_rate for plan in report.plans} == {0.0}
    assert "4,096" in report.warnings[0]


def test_a_scenario_says_its_own_prefix_and_traffic() -> None:
    report = asked(PlanCache(), scenarios.load("support_rules"))
    assert report.prefix_is_estimate and 2700 < report.prefix_tokens < 2950
    assert (report.model, report.rate_per_minute) == ("claude-sonnet-4-6", 4.0)


def scenario(*segments: Segment, model: str = "claude-sonnet-4-6") -> Scenario:
    question = Segment("question", "user", "Why?", trimmable=False)
    return Scenario("S", model, 10, Prompt((*segments, question)), (Sample("a"),), traffic=Traffic(4.0))


RULES = Segment("rules", "system", "Be kind and short. " * 160)
EXAMPLES = Segment("examples", "system", "A parcel needs three days. " * 160)


def test_a_trim_below_the_minimum_is_warned_of() -> None:
    both = scenario(RULES, EXAMPLES)
    named = asked(PlanCache(trim=("examples",)), both)
    assert named.prefix_tokens < 1024 and set(multipliers(named).values()) == {1.0}
    assert len(named.warnings) == 1
    assert "without examples the prefix has" in named.warnings[0] and "times what a hit costs" in named.warnings[0]
    unasked = asked(PlanCache(), both)
    assert [words.split(" the prefix")[0] for words in unasked.warnings] == ["without rules", "without examples"]
    bare = asked(PlanCache(trim=("rules", "examples")), both)
    assert bare.prefix_tokens == 0 and len(bare.warnings) == 1 and "has 0 tokens" in bare.warnings[0]
    small = asked(PlanCache(trim=("rules",)), scenario(msgspec.structs.replace(RULES, text="Be kind.")))
    assert len(small.warnings) == 1 and "caches from 1,024 on" in small.warnings[0]
    kept = scenario(RULES, msgspec.structs.replace(EXAMPLES, trimmable=False))
    assert len(asked(PlanCache(), kept).warnings) == 1
    with pytest.raises(UsageError, match="no segment 'nix'"):
        asked(PlanCache(trim=("nix",)), both)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (PlanCache(rate_per_minute=1.0), "say what is to be cached"),
        (SONNET, "say when calls come"),
        (PlanCache(model="claude-sonnet-4-6", rate_per_minute=1.0), "belong together"),
        (msgspec.structs.replace(SONNET, rate_per_minute=1.0, arrivals="x"), "give one of them"),
        (msgspec.structs.replace(SONNET, rate_per_minute=0.0), "above 0"),
        (msgspec.structs.replace(SONNET, rate_per_minute=1e-310), "at least"),
        (msgspec.structs.replace(SONNET, trim=("a",), rate_per_minute=1.0), "give the scenario"),
        (PlanCache(model="nobody", prefix_tokens=1, rate_per_minute=1.0), "no price is known"),
    ],
)
def test_what_makes_no_sense_is_refused(command: PlanCache, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        plan_cache(command, None, PRICES)


def test_free_input_cannot_be_saved() -> None:
    free = Pricer({"local": OwnPrice(0.0, 0.0)})
    with pytest.raises(UsageError, match="costs nothing"):
        plan_cache(PlanCache(model="local", prefix_tokens=2000, rate_per_minute=1.0), None, free)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "holds no time"),
        (b"1\nsoon\n", "line 2: this is no epoch second"),
        (b"nan\n", "line 1: this is no finite number"),
        (b"1e999\n", "line 1: this is no finite number"),
        (b"\xff\xfe\n", "line 1: it is not UTF-8"),
    ],
)
def test_broken_arrivals_are_refused_with_their_line(tmp_path: Path, text: bytes, says: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=says):
        asked(SONNET, arrivals=str(path))


def test_arrivals_are_iso_or_epoch_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\ufeff2026-01-01T00:08:20Z\n1767225600\n\n2026-01-01 00:04:10\n")
    report = asked(SONNET, arrivals=str(path))
    assert report.arrivals == 3 and report.plans[1].hit_rate == pytest.approx(2 / 3)


def log(tmp_path: Path, requests: list[dict[str, Any]]) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(request) for request in requests))
    return path


WORDS = ("order", "parcel", "refund", "invoice", "late", "broken", "blue", "size", "address", "when", "how", "please")


def words(n: int, seed: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=n))


def two_documents() -> list[dict[str, Any]]:
    """Five requests over two documents behind common rules; each asks another question."""
    texts = [words(9000, 1), words(8000, 2)]
    return [
        {
            "at": 60.0 * n,
            "model": "claude-sonnet-4-6",
            "max_tokens": 9,
            "system": words(3000, 3),
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": texts[which]}, {"type": "text", "text": words(50, 10 + n)}],
                }
            ],
        }
        for n, which in enumerate((0, 0, 1, 1, 0))
    ]


def test_the_cheapest_breakpoints_are_found_and_named(tmp_path: Path) -> None:
    requests = read_log(log(tmp_path, two_documents())).requests
    (found,) = best_breakpoints(requests, PRICES)
    best = found.breakpoints
    assert best.blocks == ("system[0]", "messages[0].content[0]") and best.ttl == "5m"
    assert best.usd_per_1000_calls < best.as_logged_usd_per_1000_calls == best.uncached_usd_per_1000_calls
    # Every choice there is, replayed by the general function: none is cheaper, and the bill is the same.
    blocks = [{"t": r.at, "blocks": [[p.content.text, p.content.tokens] for p in r.pieces]} for r in requests]
    bills = {
        ends: replay_cache(blocks, list(ends)).cost
        for many in range(4)
        for ends in itertools.combinations(range(3), many)
    }
    cheapest = min(bills, key=lambda ends: bills[ends])
    assert cheapest == (0, 1)
    frame = 7 * len(requests)
    assert best.usd_per_1000_calls * len(requests) / 1000 == pytest.approx((bills[cheapest] + frame) * 3e-6)


def test_a_conversation_is_marked_at_its_end(tmp_path: Path) -> None:
    talk: list[dict[str, Any]] = []
    requests = []
    for turn in range(6):
        talk.append({"role": "user", "content": words(400, turn)})
        body = {"model": "claude-sonnet-4-6", "max_tokens": 9, "system": words(900, 99), "messages": list(talk)}
        requests.append(json.loads(json.dumps(body)))
        talk.append({"role": "assistant", "content": words(300, 50 + turn)})
    (found,) = best_breakpoints(read_log(log(tmp_path, requests)).requests, PRICES)
    assert found.breakpoints.blocks[-1] == "the last block"


def test_a_log_alone_says_prefix_and_times(tmp_path: Path) -> None:
    path = str(log(tmp_path, two_documents()))
    report = asked(PlanCache(log=path))
    assert report.arrivals == 5 and report.choice == "5m" and report.breakpoints[0].requests == 5
    untimed = [{key: value for key, value in request.items() if key != "at"} for request in two_documents()]
    without = asked(PlanCache(log=str(log(tmp_path, untimed))))
    assert (without.plans, without.choice) == ((), None) and "no times" in without.notes[0]
    rated = asked(PlanCache(log=str(log(tmp_path, untimed)), rate_per_minute=1.0))
    assert len(rated.plans) == 4 and any("never changes" in note for note in rated.notes)
    assert "the prefix changes within the log" in rated.warnings[0]


def test_the_ways_of_a_log_are_its_own_replay(tmp_path: Path) -> None:
    """What a way saves of the prefix is what the replay of the breakpoints saves of the whole bill."""
    report = asked(PlanCache(log=str(log(tmp_path, two_documents()))))
    (best,), usd = report.breakpoints, {plan.ttl: plan.usd_per_1000_calls for plan in report.plans}
    assert best.ttl == report.choice == "5m"
    saved = best.uncached_usd_per_1000_calls - best.usd_per_1000_calls
    assert usd["none"] - usd["5m"] == pytest.approx(saved)
    five, hour = report.plans[1], report.plans[2]
    assert five.hit_rate == hour.hit_rate < 0.8
    assert five.multiplier == pytest.approx(five.hit_rate * 0.1 + (1 - five.hit_rate) * 1.25)
    assert hour.multiplier == pytest.approx(five.hit_rate * 0.1 + (1 - five.hit_rate) * 2.0)


def test_prefixes_that_never_come_again_are_not_worth_a_cache(tmp_path: Path) -> None:
    requests = [{**request, "system": words(3000, n)} for n, request in enumerate(two_documents())]
    report = asked(PlanCache(log=str(log(tmp_path, requests))))
    assert report.choice == "none" == report.breakpoints[0].ttl
    assert report.plans[1].hit_rate == 0.0 and report.plans[1].multiplier == pytest.approx(1.25)
    assert report.prefix_tokens > 2000 and not report.warnings


@pytest.mark.parametrize("limit", [None, 0.0, 30.0])
def test_a_log_with_one_prefix_is_planned_like_its_arrivals(tmp_path: Path, limit: float | None) -> None:
    draw, times = random.Random(5), [1.7e9]
    while len(times) < 60:
        times.append(times[-1] + draw.choice((0.5, 40.0, 270.0, 300.0, 900.0, 3700.0)))
    same = two_documents()[0]
    path = log(tmp_path, [{**same, "at": at} for at in times])
    by_log = asked(PlanCache(log=str(path)), keep_alive_min=limit)
    file = arrivals(tmp_path, times)
    by_times = asked(SONNET, prefix_tokens=by_log.prefix_tokens, arrivals=file, keep_alive_min=limit)
    for one, other in zip(by_log.plans, by_times.plans, strict=True):
        assert msgspec.structs.astuple(one)[1:] == pytest.approx(msgspec.structs.astuple(other)[1:])
    assert by_log.choice == by_times.choice


def test_the_times_of_a_log_may_be_iso(tmp_path: Path) -> None:
    stamps = [f"2026-01-01T00:0{minute}:00Z" for minute in range(5)]
    requests = [{**request, "at": at} for request, at in zip(two_documents(), stamps, strict=True)]
    moved = read_log(log(tmp_path, requests))
    assert moved.timed and [request.at for request in moved.requests] == [1767225600.0 + 60 * n for n in range(5)]
