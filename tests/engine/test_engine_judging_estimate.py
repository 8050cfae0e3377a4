"""What judging will take, told beforehand, against what it then took."""

import pytest
from judging_builders import BASE, JUDGE_MODEL, LABELS, OTHER, SMALL, by_model, carry_out, experiment, says, scenario

from optlab.catalogue import load
from optlab.checks.judge import verdict_request
from optlab.core.errors import UsageError
from optlab.core.experiment import Variant
from optlab.engine.estimate import estimate
from optlab.engine.guessing import call_seconds, prompt_tokens
from optlab.engine.judge_cases import Case, case_of, judges_of, numbered
from optlab.engine.judging_estimate import judging_estimate, planned_judging
from optlab.engine.pricing import OwnPrice, Pricer


@pytest.mark.parametrize("samples, pairs", [(4, 4), (4, 8), (8, 8), (1, 3)])
@pytest.mark.parametrize(
    "judge, variants",
    [
        ({}, (BASE, SMALL)),
        ({"labels": LABELS[:3:2]}, (BASE, SMALL, OTHER)),
        ({"how": "pairwise"}, (BASE, SMALL, OTHER)),
    ],
)
async def test_as_many_calls_as_are_then_made(
    samples: int, pairs: int, judge: dict[str, object], variants: tuple[Variant, ...]
) -> None:
    of = scenario(max(samples, 2) if "labels" in judge else samples, **judge)
    wanted = experiment(*variants, of=of, pairs=pairs)
    found = judging_estimate(of, len(variants), pairs, Pricer())
    pairwise = "how" in judge
    outcome = await carry_out(wanted, lambda *_: says("TIE" if pairwise else "PASS"), by_model)
    assert found.calls == outcome.judging.calls == found.judge_calls
    assert found.low_usd <= found.high_usd == found.judge_usd


async def test_the_estimate_of_a_run_holds_its_judge() -> None:
    judged, plain = experiment(of=scenario()), experiment(of=scenario(judged=0))
    whole, bare = await estimate(judged, Pricer(), 2.0), await estimate(plain, Pricer(), 2.0)
    judging = judging_estimate(judged.scenario, 2, 4, Pricer())
    assert (whole.calls, whole.judge_calls) == (bare.calls + 14, 14)
    assert whole.low_usd == pytest.approx(bare.low_usd + judging.low_usd)
    assert whole.high_usd == pytest.approx(bare.high_usd + judging.high_usd)
    assert whole.judge_usd == pytest.approx(judging.high_usd)
    assert whole.seconds is not None and bare.seconds is not None and judging.seconds is not None
    assert whole.seconds == pytest.approx(bare.seconds + judging.seconds / 2.0)
    assert (bare.judge_calls, bare.judge_usd) == (0, 0.0)


def only_case() -> Case:
    of = scenario(1)
    found = case_of(of, of.samples[0], numbered(of))
    assert found is not None
    return found


def test_dollars_by_hand() -> None:
    """One pair: each answer, and each again. The dearest class of input is the 1-hour write."""
    found = judging_estimate(scenario(1), 2, 1, Pricer())
    case = only_case()
    request = verdict_request(case.judge, case.exhibit, "")
    tokens = prompt_tokens(request)
    prices = load().get(JUDGE_MODEL).prices.tiers[0]
    assert found.calls == 4
    assert found.low_usd == pytest.approx(4 * tokens * prices.input / 1e6)
    most = (tokens + 100) * prices.cache_write_1h + 200 * prices.output
    assert found.high_usd == pytest.approx(4 * most / 1e6)
    shown, reply = tokens + 0.4 * 100, 0.4 * 200
    assert found.expected_usd == pytest.approx(4 * (shown * prices.input + reply * prices.output) / 1e6)
    one = call_seconds(request, tokens + 40, reply)
    assert one is not None and found.seconds == pytest.approx(4 * one)


def test_a_judge_without_a_price_is_refused() -> None:
    unknown = scenario(model="nobody-knows")
    with pytest.raises(UsageError, match="no price is known for the model 'nobody-knows'"):
        judging_estimate(unknown, 2, 4, Pricer())
    own = judging_estimate(unknown, 2, 4, Pricer({"nobody-knows": OwnPrice(0.0, 0.0)}))
    assert (own.calls, own.high_usd, own.seconds) == (14, 0.0, None)


def test_nothing_is_judged_in_a_race() -> None:
    assert judging_estimate(scenario(), 2, 0, Pricer()).calls == 0


def test_the_scenarios_own_plan() -> None:
    planned = planned_judging(scenario(plan={"pairs": 30}), Pricer())
    assert planned is not None and planned.calls == 30 * 2 + 6
    assert planned_judging(scenario(judged=0), Pricer()) is None


def test_judges_are_told_apart_by_their_settings() -> None:
    assert len(judges_of(scenario(4))) == 1
    assert judges_of(scenario(4, judged=0)) == []
    assert set(numbered(scenario(4)).values()) == {0}
