"""The heat map: shares that add up, twins that share what either gives, intervals, and never a paid answer twice."""

import itertools
from pathlib import Path
from typing import Any

import msgspec
import pytest
from trim_bed import MODEL, Bed, World

from optlab.backends.scripted import Reply
from optlab.core.commands import MapHeat
from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.core.study_events import HeatMapped, HeatProgress
from optlab.core.trim_report import HeatReport
from optlab.core.usage import Usage
from optlab.engine.pricing import Pricer
from optlab.history import Notes
from optlab.studies.heat import HeatStudy


class Twins:
    """Either of `one` and `other` will do, `alone` is needed as well, nobody needs `dead`."""

    scenario = Scenario(
        "S",
        MODEL,
        20,
        Prompt(
            (
                Segment("task", "system", "Answer.", trimmable=False),
                Segment("one", "system", "The price is ten."),
                Segment("other", "system", "Ten is the price."),
                Segment("alone", "system", "The currency is the euro."),
                Segment("dead", "system", "The founder liked dogs, and he liked them a lot."),
                Segment("question", "user", "Question {id}", trimmable=False),
            )
        ),
        tuple(Sample(f"s{i}", {"id": str(i)}, (CheckSpec("equals", {"value": "right"}),)) for i in range(20)),
    )

    def __call__(self, request: Request, n: int) -> Reply:
        said = " ".join(block.text.casefold() for block in request.system)
        right = "price" in said and "currency" in said
        return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(50, 2))


async def mapped(
    world: Any, notes: Notes | None = None, budget_usd: float | None = None, **asked: Any
) -> tuple[HeatMapped, Bed]:
    bed = Bed(world, world.scenario, "heat")
    lab = await bed.lab(budget_usd)
    lab.notes = notes
    end = await HeatStudy(MapHeat("x", **asked), world.scenario).carry_out(lab)
    assert isinstance(end, HeatMapped)
    return end, bed


def report_of(end: HeatMapped) -> HeatReport:
    assert end.report is not None
    return end.report


async def test_a_prompt_that_gets_nothing_right_is_not_mapped() -> None:
    world = Twins()
    bed = Bed(lambda request, n: Reply(((1.0, "wrong"),), usage=Usage(50, 2)), world.scenario, "heat")
    end = await HeatStudy(MapHeat("x", items=12), world.scenario).carry_out(await bed.lab())
    assert isinstance(end, HeatMapped) and end.report is None
    assert [caveat.code for caveat in end.head.caveats] == ["nothing_right"]
    assert end.head.caveats[0].sentence.startswith("the original passes 0 of 12 samples")
    assert end.head.calls == 12, "the whole prompt is asked first, and then nothing more"


async def test_finer_pieces_are_told_by_their_words() -> None:
    end, _ = await mapped(Twins(), by="segment")
    assert {row.words for row in report_of(end).rows} == {""}
    world = Twins()
    segment = Segment("rules", "system", "The price is ten. The currency\x1b is the euro, which all of them take here.")
    prompt = Prompt((*world.scenario.prompt.segments[:1], segment, *world.scenario.prompt.segments[-1:]))
    scenario = msgspec.structs.replace(world.scenario, prompt=prompt)
    bed = Bed(world, scenario, "heat")
    fine = await HeatStudy(MapHeat("x", by="sentence"), scenario).carry_out(await bed.lab())
    assert isinstance(fine, HeatMapped)
    words = {row.name: row.words for row in report_of(fine).rows}
    assert words["rules#1"] == "The price is ten."
    assert words["rules#2"].startswith("The currency is the euro") and words["rules#2"].endswith("…")


async def test_twins_share_what_leaving_out_one_of_them_would_miss() -> None:
    end, bed = await mapped(Twins(), orders=40)
    report = report_of(end)
    points = {row.name: row.points for row in report.rows}
    # All orders of price (either twin) and currency: 1/6 each for the twins, 2/3 for what nothing else gives.
    assert points["one"] == pytest.approx(1 / 6, abs=0.08)
    assert points["other"] == pytest.approx(1 / 6, abs=0.08)
    assert points["alone"] == pytest.approx(2 / 3, abs=0.08)
    assert points["dead"] == 0.0
    assert sum(points.values()) == pytest.approx(1.0)
    assert (report.quality_all, report.quality_none, report.orders) == (1.0, 0.0, 40)
    assert report.planned == report.evaluated == len(bed.of(HeatProgress)) == 16
    assert end.head.calls == 16 * 12


async def test_rows_are_sorted_by_dollars_a_point_at_risk() -> None:
    rows = report_of((await mapped(Twins(), orders=40))[0]).rows
    assert rows[0].name == "dead" and rows[0].usd_per_point is None
    rest = [row.usd_per_point for row in rows[1:]]
    assert rest == sorted(rest, key=lambda usd: -(usd or 0.0))
    for row in rows:
        assert row.usd_per_1000 == pytest.approx(row.tokens * 1e-3)
        assert row.interval.low is not None and row.interval.low <= row.points
        if row.usd_per_point is not None:
            assert row.usd_per_point == pytest.approx(row.usd_per_1000 / (100 * row.points))


async def test_a_stopped_map_goes_on_and_pays_for_no_answer_twice(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    whole, bed = await mapped(World(2, pieces=5, needed=2))
    stopped, first = await mapped(World(2, pieces=5, needed=2), notes, budget_usd=0.4 * whole.head.cost_usd)
    assert stopped.report is None and stopped.head.status == "budget"
    assert 0 < len(first.backend.requests) < 0.7 * len(bed.backend.requests)
    again, second = await mapped(World(2, pieces=5, needed=2), notes)
    assert len(first.backend.requests) + len(second.backend.requests) == len(bed.backend.requests)
    assert report_of(again).rows == report_of(whole).rows
    assert 0 < report_of(again).recalled < report_of(again).planned
    third, none = await mapped(World(2, pieces=5, needed=2), notes)
    assert (none.backend.requests, third.head.calls, third.head.cost_usd) == ([], 0, 0.0)
    assert report_of(third).recalled == report_of(third).planned
    anew, paid = await mapped(World(2, pieces=5, needed=2), notes, again=True)
    assert len(paid.backend.requests) == len(bed.backend.requests) and report_of(anew).recalled == 0


async def test_more_orders_go_on_with_the_sets_of_fewer(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await mapped(World(2, pieces=5, needed=2), notes, orders=2)
    more = report_of((await mapped(World(2, pieces=5, needed=2), notes, orders=4))[0])
    assert more.recalled == 10 and more.planned > 10


async def test_more_samples_go_on_with_the_answers_of_fewer(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    _, first = await mapped(World(2, pieces=5, needed=2), notes, items=8)
    more, second = await mapped(World(2, pieces=5, needed=2), notes, items=12)
    whole, bed = await mapped(World(2, pieces=5, needed=2), items=12)
    assert len(first.backend.requests) + len(second.backend.requests) == len(bed.backend.requests)
    assert report_of(more).rows == report_of(whole).rows


async def test_a_sample_that_reads_otherwise_now_is_asked_again(tmp_path: Path) -> None:
    notes, world = Notes(tmp_path), World(2, pieces=5, needed=2)
    await mapped(world, notes, items=120)
    one, *rest = world.scenario.samples
    other = msgspec.structs.replace(one, checks=(CheckSpec("equals", {"value": "wrong"}),))
    world.scenario = msgspec.structs.replace(world.scenario, samples=(other, *rest))
    end, bed = await mapped(world, notes, items=120)
    assert len(bed.backend.requests) == report_of(end).planned, "that sample alone, once a set"


async def test_another_prompt_recalls_nothing(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await mapped(World(2, pieces=5, needed=2), notes)
    assert report_of((await mapped(World(3, pieces=5, needed=2), notes))[0]).recalled == 0


async def test_cancelled_after_a_pair_of_orders_it_shows_what_that_pair_says() -> None:
    world = World(2, pieces=5, needed=2)
    bed = Bed(world, world.scenario, "heat")
    told = bed.told.append

    def stop(event: Any) -> None:
        told(event)
        if isinstance(event, HeatProgress) and event.rows:
            bed.control.cancel()

    bed._tell = stop  # type: ignore[method-assign]
    end = await HeatStudy(MapHeat("x", orders=6), world.scenario).carry_out(await bed.lab())
    assert isinstance(end, HeatMapped) and end.head.status == "cancelled"
    assert report_of(end).orders == 2 and report_of(end).evaluated < report_of(end).planned


async def test_a_cut_that_the_api_refuses_answers_nothing() -> None:
    world = Twins()

    def script(request: Request, n: int) -> Reply:
        if any("founder" in block.text for block in request.system):
            return world(request, n)
        return Reply((), error=CallError("bad_request", "no", 400))

    bed = Bed(script, world.scenario, "heat")
    end = await HeatStudy(MapHeat("x", orders=8), world.scenario).carry_out(await bed.lab())
    assert isinstance(end, HeatMapped)
    points = {row.name: row.points for row in report_of(end).rows}
    assert points["dead"] > 0.2 and sum(points.values()) == pytest.approx(1.0)


async def test_a_price_that_goes_missing_is_no_refusal_of_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, asked = Pricer.cost, itertools.count()

    def known_for_a_while(pricer: Pricer, *told: Any) -> Any:
        if next(asked) > 60:
            raise UsageError("no price is known for the model 'x'")
        return cost(pricer, *told)

    monkeypatch.setattr(Pricer, "cost", known_for_a_while)
    with pytest.raises(UsageError, match="no price is known"):
        await mapped(Twins(), orders=8)


async def test_a_whole_prompt_that_the_api_refuses_ends_the_map() -> None:
    bed = Bed(lambda request, n: Reply((), error=CallError("bad_request", "no", 400)), Twins.scenario, "heat")
    with pytest.raises(UsageError, match="bad"):
        await HeatStudy(MapHeat("x"), Twins.scenario).carry_out(await bed.lab())


@pytest.mark.parametrize("asked", [{"orders": 1}, {"items": 1}, {"by": "auto"}])
def test_what_makes_no_map_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="a heat map"):
        HeatStudy(MapHeat("x", **asked), World(1).scenario)
