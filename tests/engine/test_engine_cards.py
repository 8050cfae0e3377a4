"""The card: the words copied as a table, what guards do to it, and the sentence that goes with each word."""

import math
from typing import Any, get_args

import msgspec
import pytest
from engine_builders import BASELINE, CACHING, SMALLER, STREAMING, experiment, run, scenario

from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.verdict import (
    Card,
    CardWord,
    Comparison,
    Guard,
    Interval,
    Quality,
    QualityWord,
    Verdict,
)
from optlab.engine.cards import TABLE, card, word

METHOD = """
            | better        | non-inferior  | inconclusive  | worse
better      | ADOPT         | ADOPT         | NOT YET KNOWN | ROLL BACK
negligible  | NOISE         | NOISE         | NOISE         | ROLL BACK
undecided   | NOT YET KNOWN | NOT YET KNOWN | NOT YET KNOWN | ROLL BACK
worse       | ROLL BACK     | ROLL BACK     | ROLL BACK     | ROLL BACK
"""


def method_table() -> list[tuple[Any, Any, str]]:
    rows = [[cell.strip() for cell in line.split("|")] for line in METHOD.strip("\n").splitlines()]
    qualities = rows[0][1:]
    return [(row[0], quality, cell) for row in rows[1:] for quality, cell in zip(qualities, row[1:], strict=True)]


def guard(state: Any, *, blocking: bool = True, name: str = "e2e", needed: int | None = None) -> Guard:
    return Guard(name, state, blocking, f"the {name} guard is {state}", needed)


@pytest.mark.parametrize("primary, quality, expected", method_table())
def test_the_table_of_the_method(primary: Verdict, quality: QualityWord, expected: str) -> None:
    assert word(primary, quality) == expected
    assert word(primary, quality, [guard("held"), guard("held", name="truncation")]) == expected


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(get_args(Verdict))
    assert all(set(row) == set(get_args(QualityWord)) for row in TABLE.values())
    assert len(method_table()) == 16


@pytest.mark.parametrize("primary, quality, expected", method_table())
def test_a_guard_that_does_not_block_changes_nothing(primary: Verdict, quality: QualityWord, expected: str) -> None:
    assert word(primary, quality, [guard("broken", blocking=False), guard("open", blocking=False)]) == expected


@pytest.mark.parametrize("primary, quality, expected", method_table())
def test_a_blocking_guard_vetoes_adopt(primary: Verdict, quality: QualityWord, expected: str) -> None:
    was_open = word(primary, quality, [guard("held"), guard("open")])
    assert was_open == ("NOT YET KNOWN" if expected == "ADOPT" else expected)
    broken = word(primary, quality, [guard("open"), guard("broken"), guard("held")])
    if primary == "better":  # whatever quality turns out to be, it could only become ROLL BACK
        assert broken == "ROLL BACK"
    else:
        assert broken == expected


def comparison(verdict: Verdict, estimate: float | None = 0.3, **given: Any) -> Comparison:
    base: dict[str, Any] = {
        "variant": "streaming",
        "metric": "e2e",
        "verdict": verdict,
        "estimate": estimate,
        "interval": Interval(-0.9, 0.95),
        "pairs": 12,
        "seen": 12,
        "final": True,
    }
    return Comparison(**(base | given))


def quality(verdict: QualityWord, why: str = "the change test found no difference") -> Quality:
    return Quality(verdict, "checks", 12, 0.05, why)


def made(
    primary: Comparison,
    of: QualityWord = "non-inferior",
    guards: tuple[Guard, ...] = (),
    *,
    variant: Variant = STREAMING,
    experiment_: Experiment | None = None,
    costs: tuple[float, float] = (0.010, 0.004),
    cost: Verdict = "better",
    spent: float = 0.30,
    why: str = "a loss of 5 points or more is excluded",
    seen: int = 12,
) -> Card:
    pairs = [(run(BASELINE, i, usd=costs[0]), run(variant, i, usd=costs[1])) for i in range(seen)]
    bill = comparison(cost, metric="cost_usd")
    return card(experiment_ or experiment(variant), variant, pairs, primary, bill, quality(of, why), guards, spent)


def test_adopt_says_what_is_gained_and_that_nothing_is_lost() -> None:
    found = made(comparison("better"))
    assert found.verdict is CardWord.ADOPT
    assert found.reason == "The answer is complete 30% sooner, and a loss of 5 points or more in quality is excluded."
    finer = made(comparison("better"), "better", why="the answers do better in the checks")
    assert finer.reason == "The answer is complete 30% sooner, and the answers do better in the checks."


def test_adopt_claims_no_more_of_unchanged_answers_than_the_change_test_does() -> None:
    unchanged = Quality("non-inferior", "change test", 1, 0.05, "the change test found no difference")
    pairs = [(run(BASELINE, 0), run(STREAMING, 0))]
    bill = comparison("negligible", metric="cost_usd")
    found = card(experiment(STREAMING), STREAMING, pairs, comparison("better"), bill, unchanged, (), 0.1)
    assert found.reason == (
        "The answer is complete 30% sooner, and the answers have not changed as far as the change test can tell."
    )


def test_adopt_below_delta_is_real_but_small() -> None:
    small = "The answer is complete 5% sooner (real, but smaller than you called useful), and"
    assert made(comparison("better", 0.049)).reason.startswith(small)
    assert "smaller" not in made(comparison("better", 0.05)).reason


@pytest.mark.parametrize(
    "metric, estimate, words",
    [
        ("first_visible", 0.85, "The first text is visible 85% sooner,"),
        ("ttft", 0.1, "The first token comes 10% sooner,"),
        ("tpot", 0.1, "Tokens follow each other 10% faster,"),
        ("tpot_visible", 0.1, "Tokens follow each other 10% faster,"),
        ("cost_usd", 0.5, "The bill falls by 50%,"),
    ],
)
def test_every_metric_has_its_words(metric: str, estimate: float, words: str) -> None:
    assert made(comparison("better", estimate, metric=metric)).reason.startswith(words)


@pytest.mark.parametrize(
    "metric, words",
    [
        ("first_visible", "The first text is visible 50% later."),
        ("ttft", "The first token comes 50% later."),
        ("e2e", "The answer is complete 50% later."),
        ("tpot", "Tokens follow each other 50% slower."),
        ("cost_usd", "The bill rises by 50%."),
    ],
)
def test_roll_back_says_what_is_lost(metric: str, words: str) -> None:
    found = made(comparison("worse", -0.5, metric=metric))
    assert found.verdict is CardWord.ROLL_BACK
    assert found.reason == words


def test_noise_says_what_is_excluded() -> None:
    found = made(comparison("negligible", 0.0))
    assert found.verdict is CardWord.NOISE
    assert found.reason == "A gain of 5% or more in end to end is excluded, and no loss is proven."
    wide = experiment(STREAMING, of=scenario(delta_min=0.2))
    assert made(comparison("negligible", 0.0), experiment_=wide).reason.startswith("A gain of 20% or more")


def test_worse_answers_roll_back_whatever_was_gained() -> None:
    for verdict in get_args(Verdict):
        if verdict == "worse":
            continue
        found = made(comparison(verdict), "worse", why="the answers do worse in the checks")
        assert found.verdict is CardWord.ROLL_BACK
        gained = "The answer is complete 30% sooner, but the answers do worse in the checks."
        assert found.reason == (gained if verdict == "better" else "The answers do worse in the checks.")
    both = made(comparison("worse", -0.5), "worse", why="the answers do worse in the checks")
    assert both.reason == "The answer is complete 50% later and the answers do worse in the checks."


def test_a_broken_guard_is_named() -> None:
    found = made(comparison("better"), "inconclusive", (guard("broken"), guard("open", name="truncation")))
    assert found.verdict is CardWord.ROLL_BACK
    assert found.reason == "The answer is complete 30% sooner, but the e2e guard is broken."


def test_where_a_guard_is_broken_no_number_of_pairs_is_promised() -> None:
    """Whatever else is open: the card can no longer become ADOPT."""
    found = made(
        comparison("undecided", pairs_needed=108), "inconclusive", (guard("broken"), guard("open", needed=300))
    )
    assert found.verdict is CardWord.NOT_YET_KNOWN
    assert found.reason == "The e2e guard is broken, so no number of pairs can make this an ADOPT."
    assert found.pairs_needed is None
    assert found.needs == "give this lever up or change it, for more pairs mend no broken guard"


def test_not_yet_known_names_everything_that_is_missing() -> None:
    guards = (guard("open"), guard("held", name="truncation"), guard("open", name="shown", blocking=False))
    found = made(comparison("better"), "inconclusive", guards, why="12 items cannot exclude a loss")
    assert found.verdict is CardWord.NOT_YET_KNOWN
    expected = "The answer is complete 30% sooner, but 12 items cannot exclude a loss and the e2e guard is open."
    assert found.reason == expected


@pytest.mark.parametrize(
    "interval, words",
    [
        (Interval(-0.1, 0.4), "anything from 10% worse up to 40% better is possible after 12 pairs"),
        (Interval(None, 0.4), "anything up to 40% better is possible after 12 pairs"),
        (Interval(0.1, None), "anything from 10% better is possible after 12 pairs"),
        (Interval(None, None), "12 pairs are too few to bound it"),
    ],
)
def test_undecided_tells_what_is_still_possible(interval: Interval, words: str) -> None:
    found = made(comparison("undecided", interval=interval))
    assert found.verdict is CardWord.NOT_YET_KNOWN
    assert found.reason == f"The answer is complete 30% sooner so far, but {words}."


def test_the_pairs_still_needed_are_the_most_that_anything_open_needs() -> None:
    guards = (guard("open", needed=59), guard("held", name="truncation", needed=999))
    found = made(comparison("undecided", pairs_needed=40), guards=guards)
    assert found.pairs_needed == 59
    assert "59" not in found.reason and found.needs.count("59") == 1
    assert made(comparison("undecided")).pairs_needed is None
    assert made(comparison("better"), guards=(guard("held", needed=59),)).pairs_needed is None
    assert made(comparison("worse", -0.5), guards=(guard("open", needed=59),)).pairs_needed is None


def test_caching_back_to_back_is_not_yet_known() -> None:
    cheaper = comparison("better", 0.8, metric="cost_usd", variant="caching")
    found = made(cheaper, variant=CACHING)
    assert found.verdict is CardWord.NOT_YET_KNOWN
    expected = (
        "The bill falls by 80%, but this is valid only back to back, as nobody declared how often the prompt is called."
    )
    assert found.reason == expected
    declared = made(cheaper, variant=CACHING, experiment_=experiment(CACHING, rate=4.0))
    assert declared.verdict is CardWord.ADOPT


def test_back_to_back_caching_in_a_stack_is_not_yet_known_either() -> None:
    stack = Variant("both", (LeverChoice("caching"), LeverChoice("streaming")))
    cheaper = comparison("better", 0.8, metric="cost_usd")
    assert made(cheaper, variant=stack).verdict is CardWord.NOT_YET_KNOWN


def test_a_rate_is_asked_for_only_where_the_bill_decides() -> None:
    assert made(comparison("better"), variant=CACHING).verdict is CardWord.ADOPT
    cheaper = comparison("better", 0.8, metric="cost_usd")
    assert made(cheaper, variant=SMALLER).verdict is CardWord.ADOPT
    dearer = comparison("worse", -0.2, metric="cost_usd")
    assert made(dearer, variant=CACHING).verdict is CardWord.ROLL_BACK
    same = comparison("negligible", 0.0, metric="cost_usd")
    assert made(same, variant=CACHING).verdict is CardWord.NOISE


def test_payback_is_the_cost_of_the_run_over_the_saving_of_a_call() -> None:
    found = made(comparison("better"), costs=(0.010, 0.004), spent=0.30)
    assert found.spent_usd == 0.30
    assert found.saving_per_call_usd == pytest.approx(0.006)
    assert found.payback_calls == pytest.approx(50)
    dearer = made(comparison("better"), costs=(0.004, 0.010))
    assert dearer.saving_per_call_usd == pytest.approx(-0.006)
    assert dearer.payback_calls is None
    assert made(comparison("better"), costs=(0.004, 0.004)).payback_calls is None
    assert made(comparison("better"), spent=0.0).payback_calls == 0


def test_not_answering_saves_nothing() -> None:
    """Each third call of a candidate that is a tenth cheaper fails and is not billed."""
    pairs = [
        (run(BASELINE, i, usd=0.010), run(SMALLER, i, usd=0.0 if i % 3 == 0 else 0.009, failed=i % 3 == 0))
        for i in range(12)
    ]
    primary = comparison("better", 0.067, metric="cost_usd")
    found = card(experiment(SMALLER), SMALLER, pairs, primary, primary, quality("non-inferior"), (), 0.30)
    assert found.saving_per_call_usd == pytest.approx(0.001 * 8 / 12)
    assert found.payback_calls == pytest.approx(450)


def test_payback_of_caching_counts_at_the_declared_traffic() -> None:
    pairs = [(run(BASELINE, 0, usd=0.010), run(CACHING, 0, usd=0.002, warm_usd=0.002, cold_usd=0.012))]
    made_ = experiment(CACHING, rate=1e-9)  # so rare that every call writes
    primary = comparison("worse", -0.2, metric="cost_usd")
    found = card(made_, CACHING, pairs, primary, primary, quality("non-inferior"), (), 0.1)
    assert found.saving_per_call_usd == pytest.approx(-0.002)
    assert found.payback_calls is None


def test_the_card_keeps_its_evidence() -> None:
    primary, guards = comparison("better"), (guard("held"),)
    found = made(primary, guards=guards)
    assert (found.variant, found.primary, found.guards) == ("streaming", primary, guards)
    assert found.quality.verdict == "non-inferior"


def aa(primary: Comparison) -> Card:
    again = Variant("baseline again")
    return made(primary, variant=again, experiment_=msgspec.structs.replace(experiment(again), is_aa=True))


def test_an_aa_card_tells_the_smallest_change_to_be_believed() -> None:
    found = aa(comparison("undecided", 0.01, interval=Interval(-0.1, 0.13), smallest_visible=0.136))
    assert found.verdict is CardWord.NOT_YET_KNOWN
    assert found.reason == (
        "Nothing was changed and no difference was found; with 12 pairs, here and now, a saving in end to end "
        "is believable from about 14% on."
    )
    wide = aa(comparison("negligible", 0.0, interval=Interval(-0.16, 0.12), smallest_visible=0.08))
    assert wide.reason.endswith("is believable from about 16% on."), "its own interval leaves as much possible"
    assert aa(comparison("negligible", 0.0, interval=Interval(-0.001, 0.001))).reason.endswith("from about 1% on.")


def test_an_aa_run_of_a_few_pairs_promises_nothing() -> None:
    for seen, are in ((1, "1 pair is"), (5, "5 pairs are")):
        few = aa(comparison("undecided", 0.01, interval=Interval(None, None), seen=seen))
        assert few.reason == f"Nothing was changed, and {are} too few to say more; 6 are the fewest."
    half = aa(comparison("undecided", 0.01, interval=Interval(-0.2, None), smallest_visible=0.08))
    assert half.reason == "Nothing was changed, and 12 pairs are too few to say more."


@pytest.mark.parametrize("verdict, estimate", [("better", 0.3), ("worse", -0.3)])
def test_an_aa_run_that_finds_something_asks_to_be_run_again(verdict: Verdict, estimate: float) -> None:
    assert aa(comparison(verdict, estimate)).reason == (
        "Nothing was changed, and yet a difference in end to end was found, as one run in twenty may; "
        "run it again, and if it stays, distrust the set-up."
    )


def test_an_aa_run_pays_nothing_back_and_needs_no_more_pairs() -> None:
    found = aa(comparison("undecided", pairs_needed=99))
    assert (found.payback_calls, found.pairs_needed) == (None, None)


@pytest.mark.parametrize("verdict", ["undecided", "worse", "negligible"])
def test_a_payback_is_counted_only_where_the_bill_is_proven_to_fall(verdict: Verdict) -> None:
    found = made(comparison("better"), cost=verdict)
    assert found.payback_calls is None
    assert found.saving_per_call_usd == pytest.approx(0.006)


def test_an_estimate_outside_its_interval_is_no_single_number() -> None:
    lopsided = comparison("better", 0.3, interval=Interval(0.31, 0.5), won=9)
    assert made(lopsided).reason.startswith("It helps some calls and hurts others (9 of 12 pairs won), and")
    groups = msgspec.structs.replace(lopsided, won_by=0.4, lost_by=-0.25)
    assert made(groups).reason.startswith(
        "It helps some calls and hurts others "
        "(9 of 12 pairs won, typically by 40%; the others lost, typically by 25%), and"
    )
    fails = msgspec.structs.replace(lopsided, won_by=0.4, lost_by=1 - math.exp(20))
    assert "typically by 40%; the others lost, by failing)" in made(fails).reason
    rescued = msgspec.structs.replace(lopsided, won_by=1 - math.exp(-20), lost_by=-0.25)
    assert "9 of 12 pairs won, because the baseline failed; the others" in made(rescued).reason
    edge = comparison("better", 0.3, interval=Interval(0.3, 0.3))
    assert made(edge).reason.startswith("The answer is complete 30% sooner")
    assert made(comparison("better", 0.3, interval=Interval(None, None))).reason.startswith(
        "The answer is complete 30%"
    )


def test_a_tiny_effect_is_not_zero_per_cent() -> None:
    assert made(comparison("better", 0.004)).reason.startswith("The answer is complete less than 1% sooner")


def test_better_answers_at_a_loss_are_a_decision_for_the_product() -> None:
    found = made(comparison("worse", -0.5), "better", why="more answers pass the checks")
    assert found.verdict is CardWord.ROLL_BACK
    assert found.reason == (
        "The answer is complete 50% later; "
        "more answers pass the checks, but a gain in quality at such a price is a product decision."
    )


def test_a_candidate_that_always_fails_is_not_later_by_a_number() -> None:
    found = made(comparison("worse", 1 - math.exp(20), interval=Interval(None, -402.4)))
    assert found.reason == "Most calls of the candidate failed."


def test_a_bill_where_there_was_none_is_named() -> None:
    found = made(comparison("worse", None, metric="cost_usd"))
    assert found.verdict is CardWord.ROLL_BACK
    assert found.reason == "There is a bill where there was none."


# What NOT YET KNOWN lacks.


def test_a_word_that_is_known_lacks_nothing() -> None:
    assert made(comparison("better")).needs == made(comparison("worse", -0.3)).needs == ""
    assert aa(comparison("undecided")).needs == ""


def test_which_bound_must_move_where() -> None:
    half = made(comparison("undecided", 0.07, interval=Interval(-0.1, 0.2)))
    ends = "to bring the interval's low end above 0% (now -10%) or its high end below 5% (now 20%)"
    assert half.needs == f"more pairs, {ends}"
    told = made(comparison("undecided", 0.07, interval=Interval(-0.1, 0.2), pairs_needed=1445))
    assert told.needs == f"about 1,445 pairs, {ends}"
    close = made(comparison("undecided", 0.03, interval=Interval(-0.003, 0.052)))
    assert close.needs.endswith("above 0% (now -0.3%) or its high end below 5% (now 5.2%)")
    items = made(comparison("undecided", 0.07, metric="cost_usd", interval=Interval(-0.1, 0.2), unit="items"))
    assert items.needs == f"more samples than 12, {ends}"
    ended = made(comparison("undecided", 0.07, interval=Interval(-0.1, None)))
    assert ended.needs.endswith("or its high end below 5% (now open)")
    none = made(comparison("undecided", 0.07, interval=Interval(None, None), seen=5), seen=5)
    assert none.needs == "at least 6 pairs, for fewer can decide nothing about time"


def test_an_interval_that_failed_calls_keep_open_is_not_put_down_to_few_pairs() -> None:
    pairs = [(run(BASELINE, i), run(SMALLER, i, failed=i < 5)) for i in range(12)]
    open_ = comparison("undecided", -0.1, interval=Interval(None, None))
    bill = comparison("undecided", metric="cost_usd")
    found = card(experiment(SMALLER), SMALLER, pairs, open_, bill, quality("non-inferior"), (), 1.0)
    assert found.reason.endswith("so far, but calls failed in 5 of 12 pairs, too many to bound it.")
    assert found.needs == "fewer failed calls (in 5 of 12 pairs)"


def test_a_bill_on_the_way_is_not_open_for_want_of_an_interval() -> None:
    """The budget ended the run: the bill is compared when all pairs are in."""
    early = comparison("undecided", 0.67, metric="cost_usd", interval=Interval(-0.7, 0.9), final=False, seen=9)
    found = made(early, seen=9)
    assert found.reason == (
        "The bill falls by 67% so far, but a bill is compared when all pairs are in, and 9 of 12 are."
    )
    assert found.needs == "the 3 pairs left of 12"
    far = made(msgspec.structs.replace(early, pairs_needed=40), seen=9)
    assert far.needs == "about 40 pairs"


def test_an_interval_that_tells_already_counts_at_the_last_pair() -> None:
    """On the way both a gain and an equal loss must be excluded; at the last pair the gain alone is enough."""
    early = made(comparison("undecided", -0.07, interval=Interval(-0.2, 0.03), final=False), seen=8)
    assert early.needs == "the 4 pairs left of 12: what this interval shows counts only at the last"
    dear = "a few dear calls carry the difference: the interval excludes none, a t test does not"
    last = made(comparison("undecided", 0.48, metric="cost_usd", interval=Interval(0.46, 0.51), note=dear))
    assert last.reason == "The bill falls by 48% so far, but a few dear calls carry the difference."
    assert last.needs == "more pairs than 12, for a few dear calls carry what this interval shows"


def test_quality_says_itself_what_it_lacks() -> None:
    open_quality = Quality("inconclusive", "none", 0, 0.05, "there is no check", lacks="add a check to this scenario")
    pairs = [(run(BASELINE, 0), run(SMALLER, 0))]
    found = card(experiment(SMALLER), SMALLER, pairs, comparison("better"), comparison("better"), open_quality, (), 1.0)
    assert (found.verdict, found.needs) == (CardWord.NOT_YET_KNOWN, "add a check to this scenario")


def test_open_guards_and_an_undeclared_rate_are_lacking_too() -> None:
    asked = made(comparison("better"), guards=(guard("open", needed=90), guard("open", name="failures")))
    assert asked.needs == "about 90 pairs in all for guard e2e; guard failures to be held"
    beside = made(comparison("undecided"), guards=(guard("open", blocking=False, name="beside"),))
    assert beside.verdict is CardWord.NOT_YET_KNOWN and "beside" not in beside.needs
    hurried = made(comparison("better", metric="cost_usd"), variant=CACHING)
    assert hurried.needs == "the rate of calls, by --rate"


def test_nothing_pays_back_what_is_not_to_be_adopted() -> None:
    lost = made(comparison("better", metric="cost_usd"), guards=(guard("broken"),))
    assert (lost.verdict, lost.payback_calls) == (CardWord.ROLL_BACK, None)
    assert made(comparison("negligible", 0.0)).payback_calls is None
    assert made(comparison("better"), "inconclusive").payback_calls == pytest.approx(50)


def test_a_run_that_may_stop_early_says_what_it_waits_for() -> None:
    hurried = msgspec.structs.replace(experiment(SMALLER), early_stop=True)
    decided = made(comparison("better"), "inconclusive", (guard("open"),), variant=SMALLER, experiment_=hurried)
    assert decided.waits == "quality and guard e2e"
    still = made(comparison("undecided", final=False), guards=(guard("open"),), experiment_=hurried)
    assert still.waits == "", "the primary metric itself is open"
    assert made(comparison("better"), guards=(guard("open"),)).waits == "", "nobody asked to stop early"


def test_the_card_says_why_its_metric_decides() -> None:
    own = msgspec.structs.replace(STREAMING, primary="first_visible", primary_reason="what streaming is for")
    assert made(comparison("better"), variant=own).primary_reason == "what streaming is for"
    assert made(comparison("better")).primary_reason == "asked for"
