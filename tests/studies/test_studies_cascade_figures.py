"""The figures of a cascade, by hand where they can be, and thresholds replayed without a call."""

import random
from collections.abc import Sequence

import msgspec
import pytest

from optlab.core.cascade_report import Chosen, Estimated
from optlab.core.verdict import Interval
from optlab.stats import cascade_quality, clopper_pearson, newcombe_paired, wilson
from optlab.studies.cascade_curve import CURVE, replayed, report_of
from optlab.studies.cascade_figures import figures_of, ratios, weighed
from optlab.studies.cascade_rule import priced_ratios
from optlab.studies.outcomes import Outcome


def outcome(
    name: str,
    small: bool | None = True,
    big: bool | None = True,
    passed: bool = True,
    *,
    usd: float | None = 1.0,
    score: float | None = None,
) -> Outcome:
    """An item of Haiku 4.5 before Sonnet 4.6: .333 and .1 of the big price."""
    return Outcome(name, small, passed, 1 / 3, 0.1, big_right=big, big_usd=usd, judge_score=score)


def many(counts: dict[tuple[bool, bool, bool], int]) -> list[Outcome]:
    """So many items with (small right, big right, passed)."""
    return [outcome(f"{kind}{i}", *kind) for kind, count in counts.items() for i in range(count)]


TRUE, FALSE = True, False
HUNDRED = many(
    {
        (TRUE, TRUE, TRUE): 70,
        (TRUE, TRUE, FALSE): 8,
        (TRUE, FALSE, TRUE): 4,
        (FALSE, TRUE, TRUE): 6,
        (FALSE, TRUE, FALSE): 8,
        (FALSE, FALSE, FALSE): 4,
    }
)


def test_every_figure_by_hand() -> None:
    f = report_of(HUNDRED, 0.05).figures
    assert f.n == 100
    assert f.escalation == Estimated(0.2, wilson(20, 100))
    assert f.accuracy == Estimated(0.9, wilson(90, 100))  # 74 passed and right, 16 escalated and right
    assert f.big_accuracy == Estimated(0.92, wilson(92, 100))
    assert f.false_pass == Estimated(6 / 18, clopper_pearson(6, 18))
    assert f.false_fail == Estimated(8 / 82, clopper_pearson(8, 82))
    assert f.break_even.value == pytest.approx(1 - 1 / 3 - 0.1)
    assert f.saving.value == pytest.approx(1 - 1 / 3 - 0.1 - 0.2)
    assert f.difference.value == pytest.approx(-0.02)
    assert f.difference.interval == newcombe_paired(86, 4, 6, 4)
    assert f.money == "saves"


def test_the_formula_of_the_method_gives_the_same_accuracy() -> None:
    share = {kind: sum((o.small_right, o.big_right) == kind for o in HUNDRED) / 100 for kind in
             ((TRUE, TRUE), (TRUE, FALSE), (FALSE, TRUE), (FALSE, FALSE))}  # fmt: skip
    f = report_of(HUNDRED, 0.05).figures
    # The formula takes the judge to be equally good whatever the big model would say; so it is here, on average.
    escalated, _, _ = cascade_quality(*share.values(), pass_if_right=74 / 82, pass_if_wrong=6 / 18)
    assert f.escalation.value == pytest.approx(escalated)


@pytest.mark.parametrize("small, field", [(True, "false_pass"), (False, "false_fail")])
def test_what_is_not_defined_is_none_and_open(small: bool, field: str) -> None:
    f = report_of([outcome(str(i), small) for i in range(5)], 0.05).figures
    assert getattr(f, field) == Estimated(None, Interval(None, None))


def test_a_free_big_model_saves_nothing_and_breaks_nowhere_even() -> None:
    report = report_of([outcome(str(i), usd=0.0) for i in range(5)], 0.05)
    assert (report.figures.saving, report.figures.break_even, report.measured) == (Estimated(), Estimated(), None)


def test_nothing_at_all() -> None:
    report = report_of([], 0.05)
    assert report.figures.n == 0
    assert report.figures.escalation == Estimated() and report.curve is None
    assert report_of([outcome("one")], 0.05).figures.saving.interval == Interval(None, None)


@pytest.mark.parametrize(
    "gained, lost, same, word",
    [(0, 0, 200, "non-inferior"), (0, 30, 170, "worse"), (30, 0, 170, "better"), (3, 6, 40, "inconclusive")],
)
def test_the_word_on_quality(gained: int, lost: int, same: int, word: str) -> None:
    items = many({(TRUE, FALSE, TRUE): gained, (FALSE, TRUE, TRUE): lost, (TRUE, TRUE, TRUE): same})
    assert report_of(items, 0.05).figures.quality == word


def test_money_has_three_words() -> None:
    dear = [msgspec.structs.replace(o, judge_usd=0.9) for o in HUNDRED]
    assert report_of(dear, 0.05).figures.money == "costs more"
    even = [msgspec.structs.replace(o, judge_usd=0.467) for o in HUNDRED]
    assert report_of(even, 0.05).figures.money == "undecided"


# Audits.


def test_audited_items_stand_for_those_that_nobody_looked_at() -> None:
    rng = random.Random(2)
    passed = [o.id for o in HUNDRED if o.judge_pass]
    drawn = set(rng.sample(passed, 40))
    seen = [
        o if not o.judge_pass or o.id in drawn else msgspec.structs.replace(o, big_right=None, big_usd=None)
        for o in HUNDRED
    ]
    rows = weighed(seen)
    assert {row.weight for row in rows} == {0.0, 1.0, 2.0}
    f, whole = figures_of(rows, 0.05), report_of(HUNDRED, 0.05).figures
    # Checks say of every small answer whether it is right, so these need no big answer.
    assert (f.escalation, f.accuracy, f.false_pass, f.false_fail) == (
        whole.escalation,
        whole.accuracy,
        whole.false_pass,
        whole.false_fail,
    )
    assert f.saving.value == pytest.approx(whole.saving.value)
    assert f.big_accuracy.value == pytest.approx(0.92, abs=0.06)
    low, high = f.big_accuracy.interval.low, f.big_accuracy.interval.high
    assert low is not None and high is not None and whole.big_accuracy.interval.low is not None
    assert high - low > 0.1 and low < whole.big_accuracy.interval.low + 0.05


def test_agreement_with_the_big_model_is_weighed_throughout() -> None:
    rows = [
        *(outcome(f"a{i}", True, True) for i in range(8)),
        *(outcome(f"b{i}", False, True) for i in range(2)),
        *(outcome(f"c{i}", None, None, usd=None) for i in range(30)),
        *(outcome(f"d{i}", i > 5, True, passed=False) for i in range(10)),
    ]
    f = report_of(rows, 0.05).figures
    assert f.false_pass.value == pytest.approx(8 / 14)  # 2 of 10 looked at, so 8 of 40; 6 of 10 escalated rightly
    assert f.accuracy.value == pytest.approx((32 + 10) / 50)
    assert f.big_accuracy.value == 1.0


def test_without_any_big_answer_only_the_judge_is_known() -> None:
    f = report_of([outcome(str(i), i > 3, None, usd=None, passed=i > 2) for i in range(10)], 0.05).figures
    assert f.escalation.value == pytest.approx(0.3)
    assert f.false_pass.value == pytest.approx(0.25)
    assert (f.saving.value, f.break_even.value, f.big_accuracy.value, f.difference.value) == (None,) * 4


# Thresholds.


def scored(n: int, seed: int = 1) -> list[Outcome]:
    """A judge that mostly scores right answers higher; the big model is right on all but one in twenty."""
    rng = random.Random(seed)
    found = []
    for i in range(n):
        small = rng.random() < 0.8
        score = min(100.0, max(0.0, rng.gauss(75 if small else 35, 20)))
        found.append(outcome(str(i), small, rng.random() < 0.95, score >= 50, score=score))
    return found


def test_a_replayed_threshold_is_what_it_would_have_been() -> None:
    items = scored(200)
    points = replayed(weighed(items), CURVE)
    assert [p.threshold for p in points] == list(range(0, 101, 10))
    for point in points:
        again = [msgspec.structs.replace(o, judge_pass=(o.judge_score or 0.0) >= point.threshold) for o in items]
        f = report_of(again, 0.05).figures
        assert (point.escalation, point.saving, point.accuracy) == (
            pytest.approx(f.escalation.value),
            pytest.approx(f.saving.value),
            pytest.approx(f.accuracy.value),
        )


def rates(points: Sequence[float | None]) -> list[float]:
    assert None not in points
    return [point for point in points if point is not None]


def test_a_higher_threshold_escalates_more_and_saves_less() -> None:
    points = replayed(weighed(scored(300)), CURVE)
    assert points[0].escalation == 0.0
    assert rates([p.escalation for p in points]) == sorted(rates([p.escalation for p in points]))
    assert rates([p.saving for p in points]) == sorted(rates([p.saving for p in points]), reverse=True)


def chosen_of(items: Sequence[Outcome], margin: float, seed: int = 0) -> Chosen | None:
    curve = report_of(items, margin, seed).curve
    assert curve is not None and bool(curve.reason) is (curve.chosen is None)
    return curve.chosen


def test_the_threshold_is_chosen_on_one_half_and_told_by_the_other() -> None:
    items = scored(400)
    chosen, whole = chosen_of(items, 0.08), report_of(items, 0.08).figures
    assert chosen is not None and (chosen.chosen_on, chosen.figures.n) == (200, 200)
    assert 20 <= chosen.threshold <= 70 and not chosen.alone
    assert chosen.figures.escalation.value != whole.escalation.value
    assert report_of(items, 0.08) == report_of(items, 0.08)
    assert report_of(items, 0.08, seed=1).curve != report_of(items, 0.08).curve
    lax = chosen_of(items, 0.15)
    assert lax is not None and lax.threshold < chosen.threshold


def test_a_threshold_is_chosen_only_where_a_loss_is_excluded_on_the_choosing_half() -> None:
    """A loss of a few points is seen nowhere, and a loss of the margin excluded nowhere but at the dearest."""
    items = [outcome(str(i), i % 12 > 0, passed=i % 12 > 0, score=90.0 if i % 12 else 40.0) for i in range(60)]
    cheap = replayed(weighed(items), (5,))[0]
    assert cheap.accuracy == pytest.approx(55 / 60), "a loss of 8 points so far, and the margin is 10"
    assert chosen_of(items, 0.10) is None
    more = [msgspec.structs.replace(o, id=f"{n}.{o.id}") for n in range(4) for o in items]
    chosen = chosen_of(more, 0.10)
    assert chosen is not None and chosen.holds and not chosen.alone
    assert chosen.threshold == 90, "the highest of those that escalate the same"


def test_a_choice_that_the_other_half_does_not_show_does_not_hold() -> None:
    found = [chosen_of(scored(60, seed), 0.2) for seed in range(30)]
    failed = [chosen for chosen in found if chosen is not None and chosen.figures.quality == "inconclusive"]
    assert failed and not any(chosen.holds for chosen in failed)
    assert any(chosen is not None and chosen.holds for chosen in found)


def test_where_nothing_need_escalate_the_small_model_alone_is_told_without_a_judge() -> None:
    items = [msgspec.structs.replace(o, small_right=True) for o in scored(120)]
    chosen = chosen_of(items, 0.10)
    assert chosen is not None and chosen.alone and chosen.holds and chosen.threshold == 0
    assert chosen.figures.escalation.value == 0.0
    assert chosen.figures.saving == chosen.figures.break_even
    assert chosen.figures.saving.value == pytest.approx(2 / 3)


def test_a_cascade_that_saves_nowhere_chooses_nothing() -> None:
    dear = [msgspec.structs.replace(o, judge_usd=0.9, small_usd=0.2, small_right=True) for o in scored(120)]
    assert chosen_of(dear, 0.10) is not None, "without its judge the small model still saves"
    assert chosen_of([msgspec.structs.replace(o, small_usd=1.2) for o in dear], 0.10) is None


def test_few_items_choose_no_threshold_and_a_missing_score_draws_no_curve() -> None:
    few = report_of(scored(19), 0.05).curve
    assert few is not None and few.chosen is None
    assert few.reason.startswith("no threshold is chosen from 19 items: ")
    assert report_of([*scored(30), outcome("x")], 0.05).curve is None


def test_nobody_saves_more_than_the_whole_bill() -> None:
    """A few calls that differ much leave an interval that arithmetic alone would draw beyond 100%."""
    odd = [outcome(str(i), usd=usd) for i, usd in enumerate((0.6, 9.0, 0.5, 0.7))]
    odd = [msgspec.structs.replace(o, small_usd=0.3 if i != 1 else 0.02) for i, o in enumerate(odd)]
    f = report_of(odd, 0.05).figures
    assert f.saving.interval.high == f.break_even.interval.high == 1.0


# The rule of thumb.


def test_the_rule_of_thumb_by_list_prices() -> None:
    own = priced_ratios("claude-haiku-4-5-20251001", "claude-sonnet-4-6")
    assert [row.break_even for row in own] == [pytest.approx(even, abs=0.002) for even in (0.548, 0.378, 0.332, 0.932)]
    assert [row.saving for row in own[:3]] == [pytest.approx(s, abs=0.002) for s in (0.348, 0.178, 0.132)]
    assert own[3].saving == pytest.approx(0.732, abs=0.002)
    assert "Haiku 5.5" in own[3].what and "Sonnet 5.5" in own[3].what
    mixed = priced_ratios("claude-haiku-4-5-20251001", "claude-sonnet-5-5")
    assert mixed[1].small_share == pytest.approx(0.385, abs=0.001)
    assert mixed[1].break_even == pytest.approx(0.283, abs=0.002)
    assert len(priced_ratios()) == len(priced_ratios("mine", "yours")) == 2


def test_ratios_say_what_any_escalation_saves() -> None:
    found = ratios("x", 0.3, 0.1)
    assert (found.break_even, found.saving) == (pytest.approx(0.6), pytest.approx(0.4))
