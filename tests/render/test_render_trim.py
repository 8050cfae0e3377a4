"""The findings of the trimming bench in words: what goes and why it may, what was shown, and what was not."""

import json
from typing import Any

import msgspec
import pytest

from optlab.core.prompt import Prompt, Segment
from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.study import StudyHead
from optlab.core.trim_report import (
    AnswerPair,
    Change,
    HeatReport,
    HeatRow,
    PieceFound,
    Saving,
    TrimReport,
    Verification,
)
from optlab.core.verdict import Card, CardWord, Comparison, Interval, Quality
from optlab.render.cards import card_lines
from optlab.render.sheet import sheet_markdown
from optlab.render.trim import change_words, heat_object, heat_sheet, saving_words, trim_object, trim_sheet
from optlab.render.trim_words import comment, excluded_words, passport, search_basis

HEAD = StudyHead(
    study_id="id",
    kind="trim",
    scenario="Handbook",
    source="h.toml",
    provenance=Provenance.SIMULATED,
    sim_speed=1.0,
    server="here",
    seed=0,
    catalogue_as_of="2026-01-01",
    started_at="2026-01-01",
    status="finished",
    calls=900,
    cost_usd=0.5,
)
CHANGE = Change("not proven", 0.4, 8, 3, 0.1, 0.12, 0.11, 1e-8)


def card(word: Any = "non-inferior") -> Card:
    primary = Comparison("trimmed", "cost_usd", "better", 0.7, Interval(0.6, 0.8), 60, 60, True)
    quality = Quality(word, "checks", 60, 0.1, "because", excluded_loss=0.05)
    return Card("trimmed", CardWord.ADOPT, "Cheaper.", primary, quality, (), 0.1, 0.001)


def report(**given: Any) -> TrimReport:
    pieces = (
        PieceFound("rules", "segment", 400, True, "needed", "3 of 3 answers without it were lost, in 3 tests"),
        PieceFound("press", "segment", 600, False, "dead", "0 of 90 answers without it were lost, in 3 tests"),
    )
    made = TrimReport(
        goal="all-dead",
        by="segment",
        prompt=Prompt((Segment("rules", "system", "R"),)),
        pieces=pieces,
        saving=Saving(1_000, 400, 0.0006),
        ended="searched",
        verified=True,
        verifications=(Verification(("press",), 0.03, card()),),
        change=CHANGE,
        search_items=60,
        held_out=60,
        tests=12,
        search_calls=300,
        margin=0.1,
    )
    return msgspec.structs.replace(made, **given)


def page(found: TrimReport) -> str:
    return sheet_markdown(trim_sheet(HEAD, found))


def test_a_verified_cut_says_what_was_shown_on_how_many_samples() -> None:
    words = page(report())
    assert words.index("VERIFIED: on 60 samples") < words.index("60% of the prompt goes: about 1,000 tokens become 400")
    assert "Of input alone that saves $0.00060 a call and $0.60 a thousand" in words
    assert "| press | 600 | cut | 0 of 90 answers without it were lost, in 3 tests |" in words
    assert "VERIFIED: on 60 samples that the search never saw, a loss of 10% or more is excluded." in words
    assert "smallest loss ruled out: 5 points, on 60 samples" in words
    assert "searched on 60 samples, verified on 60 others" in words
    assert "pay it back" not in words, "the card tells the one payback"
    assert "in 1 test and 1 call of the search" in page(report(tests=1, search_calls=1))


@pytest.mark.parametrize(
    "given, said",
    [
        ({"verified": False, "verifications": ()}, "NOT VERIFIED: the search alone speaks for this cut"),
        (
            {"verified": False, "verifications": (Verification(("press",), 0.03, card("worse")),)},
            "the answers got worse: keep the original prompt",
        ),
        (
            {"verified": False, "verifications": (Verification(("press",), 0.03, card("inconclusive")),)},
            "a loss of 10% is not excluded yet",
        ),
        (
            {"verified": False, "verifications": (Verification(("press", "rules"), 0.03, card("inconclusive")),)},
            "NOT VERIFIED: without press, rules a loss showed on 60 samples that the search never saw",
        ),
        ({"saving": Saving(1_000, 1_000, 0.0)}, "Nothing is cut: about 1,000 tokens stay."),
        ({"goal": "800"}, "what can go (down to 800 tokens)"),
        ({"ended": "budget"}, "the rest of the budget is for the verification"),
    ],
)
def test_what_was_not_shown_is_said(given: dict[str, Any], said: str) -> None:
    assert said in page(report(**given))


def test_a_loss_of_what_was_cut_before_the_search_is_not_laid_on_the_search() -> None:
    looks = (Verification(("press",), 0.03, card("worse")), Verification((), 0.01, card("worse")))
    words = page(report(verified=False, verifications=looks, loss_before_search=True))
    assert "answers were lost already by what was cut before the search; restore that" in words
    assert "keep the original" not in words and "Before that, without press: because." in words
    cleared = page(report(verifications=(looks[0], looks[1], looks[0])))
    assert "Before that, without what was cut before the search alone: because." in cleared


def test_a_cut_of_cached_text_saves_the_read_price_and_costs_one_write() -> None:
    words = saving_words(Saving(2_000, 1_500, 0.0005, 0.00005, 0.002, cached_before=1_900, cached_after=1_400))
    assert words == (
        "$0.00050 a call and $0.50 a thousand uncached, but read from the cache $0.05 a thousand, after one write for "
        "$0.00200"
    )


@pytest.mark.parametrize("usd, said", [(-0.0005, "it costs $0.50 more a thousand"), (0.0005, "it saves $0.50 a")])
def test_a_cut_that_leaves_nothing_to_cache_says_so(usd: float, said: str) -> None:
    words = saving_words(Saving(2_000, 1_500, 0.0005, usd, cache_lost=True))
    assert "what is left is too short for the cache" in words and said in words


def test_the_change_test_says_when_it_cannot_ring() -> None:
    assert "within the original 0.10, within the trimmed 0.12, across 0.11" in change_words(CHANGE)
    silent = msgspec.structs.replace(CHANGE, verdict="cannot ring", smallest_p=0.11)
    assert "could not prove a change, whatever they say" in change_words(silent)


def test_no_p_is_told_as_none_at_all() -> None:
    assert "(p < 0.001)" in change_words(msgspec.structs.replace(CHANGE, verdict="changed", p=2.4e-29))
    assert "(p 0.4)" in change_words(CHANGE)


def test_what_is_not_verified_asserts_no_saving() -> None:
    words = page(report(verified=False, verifications=()))
    assert words.index("NOT VERIFIED") < words.index("60% of the prompt would go")
    assert "that would save $0.00060" in words and "goes:" not in words
    assert "verified on none" in words and "60 others" not in words
    assert trim_object(HEAD, report(verified=False))["verdict"] == "NOT VERIFIED"
    assert trim_object(HEAD, report())["verdict"] == "VERIFIED"


def test_a_prompt_that_stays_whole_is_neither() -> None:
    kept = tuple(msgspec.structs.replace(piece, kept=True) for piece in report().pieces)
    whole = report(verified=False, verifications=(), pieces=kept, saving=Saving(1_000, 1_000, 0.0))
    assert "NOTHING CUT: there is nothing to verify." in page(whole)


def test_finer_pieces_are_known_by_their_first_words() -> None:
    fine = PieceFound("rules#3", "sentence", 9, True, "untried", "why", words="Never | say \x1b[31mno.")
    assert "rules#3 “Never \\| say ␛[31mno.”" in page(report(pieces=(fine,)))
    row = HeatRow("rules#3", "sentence", 9, 0.1, 0.1, 0.0, Interval(-0.2, 0.2), None, words="Never say no.")
    assert "rules#3 “Never say no.”" in sheet_markdown(heat_sheet(HEAD, HeatReport((row,), 12, 2, 6, 6, 0, 1.0, 0.2)))


def test_a_few_answers_that_differ_are_shown_shortened() -> None:
    pairs = tuple(AnswerPair(f"s{n}", "one " * 100, f"two {n}", 0.9) for n in range(5))
    words = page(report(change=msgspec.structs.replace(CHANGE, differing=pairs)))
    assert "Answers that differ most" in words and "| s2 | 0.90 | one one" in words and "s3" not in words
    assert "one " * 30 not in words


@pytest.mark.parametrize(
    "word, loss, said",
    [
        ("worse", 0.304, "the answers are proven worse, by 31 points at most"),
        ("inconclusive", 0.123, "smallest loss ruled out: 13 points"),
        ("inconclusive", 1.0, "no loss can be ruled out"),
        ("non-inferior", 0.01, "smallest loss ruled out: 1 point"),
    ],
)
def test_one_rounding_of_the_excluded_loss(word: Any, loss: float, said: str) -> None:
    assert said in excluded_words(Quality(word, "checks", 60, 0.1, "because", excluded_loss=loss))
    if loss < 1 and word == "worse":
        made = msgspec.structs.replace(card(word), quality=Quality(word, "checks", 60, 0.1, "why", excluded_loss=loss))
        assert any("the loss is at most 31%" in words for words in card_lines(made))


def test_a_written_prompt_says_what_it_stands_on() -> None:
    told = comment(passport("model-x", HEAD, card(), search_basis(report()), verified=True))
    assert all(line.startswith("# ") for line in told.strip().splitlines())
    for words in ("# VERIFIED", "SIMULATED", "model-x", "2026-01-01", "study id", "seed 0", "verified on 60 others"):
        assert words in told, words
    assert "smallest loss ruled out: 5 points" in told and "ADOPT: Cheaper." in told
    assert comment(passport("model-x", None, None, "", verified=False)).startswith("# NOT VERIFIED")


def test_the_json_has_the_promised_keys() -> None:
    found = json.loads(json.dumps(trim_object(HEAD, report()), allow_nan=False))
    assert found["schema"] == "optlab.trim/1"
    assert {"segments", "tokens_before", "tokens_after", "calls", "cost_usd", "changed", "quality"} <= found.keys()
    assert {"name", "tokens", "kept", "evidence"} <= found["segments"][0].keys()
    assert (found["tokens_before"], found["tokens_after"], found["calls"], found["cost_usd"]) == (1_000, 400, 900, 0.5)
    assert found["changed"]["verdict"] == "not proven" and found["quality"]["verdict"] == "non-inferior"


def test_a_map_that_cannot_be_made_says_why() -> None:
    head = msgspec.structs.replace(HEAD, caveats=(Caveat("nothing_right", "the original passes 0 of 12 samples"),))
    words = sheet_markdown(heat_sheet(head, None))
    assert "the original passes 0 of 12 samples" in words and "run it again" not in words


@pytest.mark.parametrize(
    "found, said",
    [
        (
            Saving(2_000, 1_500, 0.0005, 0.004, 0.002, cached_after=1_400),
            "what is left can be cached, the whole cannot",
        ),
        (Saving(2_000, 1_500, 0.0005, 0.0006), "every call writes to the cache what none can read"),
    ],
)
def test_what_a_cache_never_read_is_not_called_read(found: Saving, said: str) -> None:
    assert said in saving_words(found) and "read from the cache" not in saving_words(found)


def test_a_heat_map_says_what_its_intervals_are_about() -> None:
    rows = (
        HeatRow("press", "segment", 600, 0.6, 0.6, 0.0, Interval(-0.22, 0.22), None),
        HeatRow("rules", "segment", 400, 0.4, 0.4, 0.8, Interval(0.5, 1.0), 0.005),
    )
    heat = HeatReport(rows, 12, 2, 6, 6, 2, 1.0, 0.2)
    words = sheet_markdown(heat_sheet(HEAD, heat))
    assert "With every piece the mean score is 100%, with none 20%" in words
    assert "-22.0 to +22.0 points" in words
    assert "nothing seen at risk" in words and "2 of them from an earlier map" in words
    assert "intervals: over the samples alone" in words
    assert heat_object(HEAD, None)["heat"] is None
    assert "run it again to go on with it" in sheet_markdown(heat_sheet(HEAD, None))
