"""Levers from the command line against the embedded simulator: stacks, refusals, the list of them."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from optlab.render.report_json import schema

FAST = ("--sim-speed", "500", "--format", "json")


async def test_a_stack_of_trim_caching_and_batch(optlab: Any, caveats: Any) -> None:
    """The prompt is cut, what is left is marked where it was asked for, and one real batch is waited for."""
    done = await optlab(
        "run", "tickets", "--pairs", "3", "--lever", "batch:size=4", "--lever", "caching:at=task+ticket",
        "--lever", "trim:off=examples billing+examples account", *FAST,
    )  # fmt: skip
    assert done.code == 0
    report = done.json
    jsonschema.validate(report, schema())
    base, stacked = report["variants"]
    assert stacked["name"] == "trim+caching+batch"
    assert stacked["levers"] == [
        "trim:off=examples billing+examples account", "caching:ttl=5m,at=task+ticket", "batch:size=4,wait_s=300",
    ]  # fmt: skip
    assert stacked["usage"]["input_tokens"] < 0.85 * base["usage"]["input_tokens"]
    usage = stacked["usage"]
    assert stacked["cost_usd"]["total"] == pytest.approx(
        (usage["input_tokens"] * 3 + usage["output_tokens"] * 15) / 2e6
    )
    assert stacked["e2e_ms"]["p50"] is None and stacked["first_visible_ms"]["n"] == 0
    (batch,) = report["batches"]
    assert (batch["state"], batch["requests"], batch["succeeded"]) == ("ended", 4, 4)
    assert batch["waited_s"] > 10 and batch["id"].startswith("msgbatch_")
    tokens = batch["usage"]
    assert batch["cost_usd"] == pytest.approx((tokens["input_tokens"] * 3 + tokens["output_tokens"] * 15) / 2e6)
    paid = base["cost_usd"]["total"] + 2 * stacked["cost_usd"]["total"] + batch["cost_usd"]
    assert report["cost_usd"] == pytest.approx(paid), "live calls are paid in full, the batch at half"
    assert {"batch_prices", "cache_in_batch", "breakpoint_below_minimum"} <= caveats(report)
    assert "12 calls" in done.stderr and "4 of the calls go as a batch" in done.stderr
    table = (await optlab("show", "last")).stdout.decode()
    assert "1 trim:off=examples billing+examples account → 2 caching:ttl=5m,at=task+ticket → 3 batch" in table
    assert "batch of 4: ended after" in table


THINKS = """
name = "Thinks by itself"
model = "claude-sonnet-5"
max_tokens = 2000
[[segment]]
name = "question"
where = "user"
text = "Write two sentences about {topic}."
trimmable = false
"""


async def test_less_effort_thinks_less(optlab: Any) -> None:
    samples = "".join(f'[[sample]]\nid = "{topic}"\ntopic = "{topic}"\n' for topic in ("tea", "rain", "maps", "sleep"))
    path = Path(optlab.folder, "thinks.toml")
    path.write_text(THINKS + samples)
    done = await optlab("run", str(path), "--pairs", "8", "--lever", "effort:level=low", *FAST)
    base, low = done.json["variants"]
    assert low["levers"] == ["effort:level=low"]
    assert 0 < low["usage"]["thinking_tokens"] < 0.8 * base["usage"]["thinking_tokens"]


@pytest.mark.parametrize(
    "levers, words",
    [
        (["trim:off=ticket"], "nothing is left to ask"),
        (["smaller_model", "effort"], "claude-haiku-4-5-20251001 knows no effort"),
        (["trim", "caching:at=examples account"], "which trim cuts"),
        (["batch", "streaming"], "do not stack"),
    ],
)
async def test_a_stack_that_makes_no_sense_is_refused_before_anything_is_started(
    optlab: Any, levers: list[str], words: str
) -> None:
    done = await optlab("run", "tickets", *(word for lever in levers for word in ("--lever", lever)))
    assert words in done.complaint(2)


async def test_the_list_of_levers_has_their_order_and_every_parameter(optlab: Any) -> None:
    done = await optlab("levers", "--format", "markdown")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.decode().splitlines()[2:]]
    order = {row[1]: (int(row[0]), row[3]) for row in rows}
    assert order["trim"][0] < order["smaller_model"][0] < order["effort"][0] < order["caching"][0] < order["batch"][0]
    assert order["batch"][1] == "size=10 (1 to 100), wait_s=300 (1 to 86,400)"
    assert order["effort"][1].startswith("level=low (low")
