"""The bench as a value: pieces cut and restored, edits, undo and redo, weights. No screen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import Rates
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.tui.trim.bench import FINENESS, STEPS, Bench, whole
from optlab.tui.trim.rows import rows_of
from optlab.tui.trim.weight import Scale, asked_model, cache_of, problem_of

RULES = "Be warm. Never promise refunds.\n\n- One bullet.\n- Another bullet.\n"
PROMPT = Prompt(
    (
        Segment("task", "system", "You answer for the desk.", trimmable=False),
        Segment("rules", "system", RULES),
        Segment("question", "user", "{question}"),
    )
)
SAMPLE = Sample("one", {"question": "How do I cancel an order that I made a week ago?"})
SCENARIO = Scenario("Desk", "claude-sonnet-4-6", 100, PROMPT, (SAMPLE,))


def bench_of(prompt: Prompt = PROMPT) -> Bench:
    return Bench.of(prompt, prompt)


def by_sentence(bench: Bench) -> Bench:
    return bench.shown({"rules": "sentence"})


def text_of(bench: Bench, name: str = "rules") -> str:
    return next(segment.text for segment in bench.trimmed.segments if segment.name == name)


def test_a_piece_is_cut_and_comes_back_byte_for_byte() -> None:
    bench = by_sentence(bench_of())
    warm, refunds, one, _ = bench.parts("rules")
    cut = bench.do("cut", bench.draft.switched(refunds).switched(one))
    assert text_of(cut) == "Be warm.\n- Another bullet.\n"
    assert [cut.draft.state(piece) for piece in (warm, refunds, one)] == ["on", "off", "off"]
    assert cut.draft.state(whole(cut.draft.segment("rules"))) == "partly"
    back = cut.draft.switched(refunds).switched(one)
    assert back.trimmed == PROMPT and back == bench.draft


def test_a_cut_is_seen_at_every_fineness() -> None:
    bench = by_sentence(bench_of())
    cut = bench.do("cut", bench.draft.switched(bench.parts("rules")[1]))
    coarse = cut.shown({"rules": "paragraph"})
    assert [coarse.draft.state(piece) for piece in coarse.parts("rules")] == ["partly", "on"]
    both = coarse.do("restore", coarse.draft.switched(coarse.parts("rules")[0]))
    assert both.trimmed == PROMPT


def test_the_first_piece_back_in_a_segment_that_is_off_comes_alone() -> None:
    bench = by_sentence(bench_of())
    off = bench.do("off", bench.draft.switched(whole(bench.draft.segment("rules"))))
    assert not off.trimmed.segments[1].on
    back = off.draft.switched(off.parts("rules")[2])
    assert back.trimmed.segments[1] == Segment("rules", "system", "- One bullet.\n")
    everything = back.switched(whole(back.segment("rules")))
    assert everything.trimmed == PROMPT


def test_an_edit_moves_what_is_cut_behind_it() -> None:
    bench = by_sentence(bench_of())
    first, _, one, other = bench.parts("rules")
    cut = bench.draft.switched(one)
    longer = cut.edited(first, "Be warm, always and to everybody. ")
    assert longer.trimmed.segments[1].text == (
        "Be warm, always and to everybody. Never promise refunds.\n\n- Another bullet.\n"
    )
    assert Bench(PROMPT, longer).do("back", longer.restored(whole(longer.segment("rules")))).trimmed.segments[
        1
    ].text == (RULES.replace("Be warm. ", "Be warm, always and to everybody. "))
    assert cut.edited(other, "").trimmed.segments[1].text == "Be warm. Never promise refunds.\n"


def test_everything_is_undone_and_redone_in_order() -> None:
    bench = by_sentence(bench_of())
    first, second, *_ = bench.parts("rules")
    states = [bench]
    for words, draft in (
        ("cut", bench.draft.switched(first)),
        ("edit", bench.draft.switched(first).edited(second, "Never. ")),
    ):
        states.append(states[-1].do(words, draft))
    states.append(states[-1].put("found", PROMPT.switched("rules", False)))
    last = states[-1]
    for before in reversed(states[:-1]):
        last = last.undo()
        assert last.draft == before.draft
    assert last.undo() is last
    for after in states[1:]:
        last = last.redo()
        assert last.draft == after.draft
    assert last.redo() is last
    assert [step.words for step in last.past] == ["cut", "edit", "found"]
    assert last.undo().do("other", bench.draft.switched(second)).future == ()


def test_a_step_that_changes_nothing_is_none_and_old_steps_go() -> None:
    bench = bench_of()
    assert bench.put("same", PROMPT) is bench and bench.do("same", bench.draft) is bench
    rules = whole(bench.draft.segment("rules"))
    for number in range(STEPS + 5):
        bench = bench.do(str(number), bench.draft.switched(rules))
    assert len(bench.past) == STEPS and bench.past[-1].words == str(STEPS + 4)


def test_a_prompt_from_elsewhere_keeps_what_is_cut_where_its_text_is_the_same() -> None:
    bench = by_sentence(bench_of())
    cut = bench.do("cut", bench.draft.switched(bench.parts("rules")[0]))
    edited = Prompt(
        tuple(
            Segment("task", "system", "Short.", trimmable=False) if s.name == "task" else s
            for s in cut.trimmed.segments
        )
    )
    put = cut.put("lab", edited)
    assert put.trimmed == edited
    assert put.draft.restored(whole(put.draft.segment("rules"))).trimmed.segments[1].text == RULES


def test_a_segment_that_moves_to_another_place_is_there_then() -> None:
    bench = by_sentence(bench_of())
    cut = bench.do("cut", bench.draft.switched(bench.parts("rules")[1]))
    moved = Prompt(
        tuple(Segment(s.name, "user", s.text) if s.name == "rules" else s for s in reversed(cut.trimmed.segments))
    )
    put = cut.put("move", moved)
    assert put.trimmed == moved
    assert put.draft.restored(whole(put.draft.segment("rules"))).segment("rules").text == RULES


def test_what_the_lab_switches_on_whole_is_whole() -> None:
    bench = by_sentence(bench_of())
    cut = bench.do("cut", bench.draft.switched(bench.parts("rules")[1]))
    off = cut.do("off", cut.draft.cut_out([whole(cut.draft.segment("rules"))]))
    on = off.trimmed.switched("rules", True)
    assert off.put("on in the lab", on).trimmed == on == PROMPT
    elsewhere = off.put("another question", off.trimmed.switched("question", False))
    assert elsewhere.draft.cut == off.draft.cut, "what is off keeps what was cut of it"


def test_finer_goes_through_what_makes_a_difference_and_back_to_whole() -> None:
    bench = bench_of()
    seen = []
    for _ in range(3):
        bench = bench.finer("rules")
        seen.append((bench.fineness.get("rules"), len(bench.parts("rules"))))
    assert seen == [("paragraph", 2), ("bullet", 3), ("sentence", 4)]
    assert "rules" not in bench.finer("rules").fineness
    assert bench_of().finer("task").fineness == {}


def test_rows_weigh_with_the_samples_values_and_add_up() -> None:
    rows = rows_of(by_sentence(bench_of()), Scale(SCENARIO))
    assert [(row.piece.name, row.depth) for row in rows[:3]] == [("task", 0), ("rules", 0), ("rules#1", 1)]
    assert [row.open for row in rows[:2]] == [False, True]
    tops = [row for row in rows if row.depth == 0]
    assert sum(row.share for row in tops) == pytest.approx(1)
    assert sum(row.tokens for row in rows if row.depth == 1) == pytest.approx(tops[1].tokens)
    assert tops[2].tokens > 8  # of the question itself, not of {question}
    assert tops[1].usd_per_1000 == pytest.approx(tops[1].tokens * 3 / 1e3)  # $3 a million
    own = rows_of(bench_of(), Scale(SCENARIO, {"claude-sonnet-4-6": Rates(30.0, 1.0, 1.0, 1.0, 1.0)}))
    assert own[1].usd_per_1000 == pytest.approx(tops[1].tokens * 30 / 1e3)


def test_a_cut_below_the_minimum_is_seen_before_anything_is_run() -> None:
    long = Prompt((Segment("handbook", "system", "All of it says something. " * 220), Segment("q", "user", "Why?")))
    scale = Scale(Scenario("Long", "claude-sonnet-4-6", 100, long, (Sample("one"),)))
    bench = bench_of(long).shown({"handbook": "sentence"})
    less = bench.draft.cut_out(bench.parts("handbook")[20:]).trimmed
    found = cache_of(scale, less, ())
    assert found is not None and found.lost and not found.marked and found.minimum == 1024
    a_little = cache_of(scale, bench.draft.cut_out(bench.parts("handbook")[200:]).trimmed, (LeverChoice("caching"),))
    assert a_little is not None and not a_little.lost and a_little.marked and a_little.changed
    assert a_little.payback_calls == int(a_little.rewrite_usd / a_little.saved_usd) + 1 > 1
    an_hour = cache_of(
        scale, bench.draft.cut_out(bench.parts("handbook")[200:]).trimmed, (LeverChoice("caching", {"ttl": "1h"}),)
    )
    assert an_hour is not None and an_hour.rewrite_usd == pytest.approx(a_little.rewrite_usd * 2 / 1.25)
    same = cache_of(scale, long, ())
    assert same is not None and not same.changed and same.payback_calls is None


def test_what_is_weighed_is_asked_of_the_model_that_a_lever_names() -> None:
    lever = LeverChoice("smaller_model", {"model": "claude-haiku-4-5-20251001"})
    asked = asked_model(SCENARIO, [lever])
    assert (asked, asked_model(SCENARIO, [])) == ("claude-haiku-4-5-20251001", SCENARIO.model)
    assert asked_model(SCENARIO, [LeverChoice("caching", {"at": "nothing"})]) == SCENARIO.model
    small, own = Scale(SCENARIO, asked=asked), {SCENARIO.model: Rates(30.0, 1.0, 1.0, 1.0, 1.0)}
    rates, usual = small.rates(1000), Scale(SCENARIO).rates(1000)
    assert rates is not None and usual is not None and (rates.input, usual.input) == (1.0, 3.0)
    assert Scale(SCENARIO, own, asked).rates(1000) == rates, "a price of one's own is of the model it names"


def test_a_prompt_without_a_question_is_told_in_a_sentence() -> None:
    assert "no user text left" in problem_of(Scale(SCENARIO), PROMPT.switched("question", False), ())
    assert problem_of(Scale(SCENARIO), PROMPT, ()) == ""


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_switched_undo_gives_back_the_prompt(data: st.DataObject) -> None:
    bench = bench_of()
    for _ in range(data.draw(st.integers(1, 8))):
        by = data.draw(st.sampled_from(FINENESS))
        bench = bench.shown({"rules": by} if by else {})
        piece = data.draw(st.sampled_from(bench.parts("rules") or (whole(bench.draft.segment("rules")),)))
        was = bench.draft.state(piece)
        bench = bench.do("switch", bench.draft.switched(piece))
        assert bench.draft.state(piece) == ("off" if was == "on" else "on")
    assert bench.draft.prompt.segments[1].text == RULES
    while bench.past:
        bench = bench.undo()
    assert bench.trimmed == PROMPT
