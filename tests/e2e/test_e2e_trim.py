"""`optlab trim` against the embedded simulator: a goal reached and verified, a heat map, and refusals."""

from pathlib import Path
from typing import Any

from optlab.engine.scenarios import load

FAST = ("--sim-speed", "2000")


async def test_a_third_of_the_handbook_goes_and_the_answers_stay(optlab: Any) -> None:
    done = await optlab("trim", "trim_bench", "--goal", "third", "--write", "less.toml", "--format", "json", *FAST)
    assert done.code == 0, done.stderr
    found = done.json
    cut = {piece["name"] for piece in found["segments"] if not piece["kept"]}
    assert cut and not cut & {"task", "returns", "delivery", "warranty", "membership", "repairs", "question"}
    assert found["tokens_after"] <= 2 / 3 * found["tokens_before"]
    assert found["verified"] and found["quality"]["verdict"] == "non-inferior"
    assert found["changed"]["items"] == 8
    assert 0 < found["cost_usd"] < 1 and found["calls"] < 600
    assert "at most 2,316 calls" in done.stderr and "; usually about 4" in done.stderr
    shown = await optlab("show", "last", "--format", "json")
    assert shown.stdout == done.stdout, "a study is shown as it ended"
    (study,) = (await optlab("history", "--format", "json")).json["runs"]
    assert study["upshot"]["tokens"] == [found["tokens_before"], found["tokens_after"]]
    assert "cap $1.00" in done.stderr and "verified: the trimmed scenario is in less.toml" in done.stderr
    on_top = Path(optlab.folder, "less.toml").read_text().partition("name =")[0]
    for words in ("# VERIFIED", "SIMULATED", found["study_id"], "seed 0", "searched on 60", "verified on 60 others"):
        assert words in on_top, words
    written, bundled = load(f"{optlab.folder}/less.toml"), load("trim_bench")
    assert {s.name for s in bundled.prompt.segments} - {s.name for s in written.prompt.segments if s.on} == cut
    assert (written.samples, written.plan, written.model) == (bundled.samples, bundled.plan, bundled.model)
    again = await optlab("trim", "trim_bench", "--write", "less.toml")
    assert "less.toml is there already" in again.complaint(2)


async def test_a_heat_map_goes_on_where_an_earlier_one_stopped(optlab: Any) -> None:
    asked = ("trim", "trim_bench", "--heat", "--items", "2", *FAST)
    stopped = await optlab(*asked, "--budget", "0.03", "--format", "json")
    assert (stopped.code, stopped.json["heat"]) == (3, None)
    done = await optlab(*asked)
    assert done.code == 0 and "| " not in done.stderr
    assert b"nothing seen at risk" in done.stdout and b"from an earlier map" in done.stdout


async def test_a_budget_that_pays_for_no_search_is_refused_and_nothing_sent(optlab: Any) -> None:
    refused = (await optlab("trim", "trim_bench", "--budget", "0.3", *FAST)).complaint(2)
    assert "a budget of 0.30 USD would be spent without a verdict; give one of 0." in refused
    assert (await optlab("history", "--format", "json")).json == {"runs": []}


async def test_a_goal_below_the_cache_minimum_is_told_before_and_after(optlab: Any) -> None:
    done = await optlab("trim", "tickets", "--goal", "900", "--budget", "3", "--format", "json", *FAST)
    assert done.code == 0, done.stderr
    before = next(words for words in done.stderr.splitlines() if words.startswith("Look at this"))
    assert "caches from 1,024 on" in before and "at most 900" in before
    told = [caveat["sentence"] for caveat in done.json["caveats"] if caveat["code"] == "below_cache_minimum"]
    assert len(told) == 1 and "nothing can be cached any more" in told[0]


async def test_a_prompt_of_which_nothing_may_go_is_refused_before_a_call(optlab: Any) -> None:
    sample = '[[sample]]\nid = "{0}"\n[[sample.check]]\nkind = "regex"\npattern = "."\n'
    question = '[[segment]]\nname = "question"\nwhere = "user"\ntext = "Why is the sky blue?"\n'
    head = 'name = "One"\nmodel = "claude-haiku-4-5-20251001"\nmax_tokens = 20\n'
    Path(optlab.folder, "one.toml").write_text(head + question + "".join(map(sample.format, "abcdef")))
    for more in ((), ("--heat",)):
        refused = await optlab("trim", "one.toml", *more, *FAST)
        assert "nothing of this prompt may go" in refused.complaint(2)


async def test_what_makes_no_sense_is_one_sentence(optlab: Any) -> None:
    assert "there are 1 in all; add samples" in (await optlab("trim", "essay")).complaint(2)
    assert "--heat maps the whole prompt" in (
        await optlab("trim", "trim_bench", "--heat", "--goal", "third")
    ).complaint(2)
    assert "there is nothing to cut" in (await optlab("trim", "trim_bench", "--goal", "99999")).complaint(2)
    for path, half in (("/", "ends in none of .toml, .py, .diff"), ("gone/x.toml", "there is no folder gone")):
        refused = await optlab("trim", "trim_bench", "--write", path)
        assert half in refused.complaint(2)
    orders = await optlab("trim", "trim_bench", "--orders", "4")
    assert "--orders is for the heat map" in orders.complaint(2)
