"""Tools changed between two calls: what the cache doctor counts as lost is what the simulator then fails to read."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from exact_prompts import M5, S46, billed, block, call, user

from optlab.core.cache_report import DoctorReport
from optlab.engine.pricing import Pricer
from optlab.simulator.simulation import Settings, Simulator
from optlab.studies.cache.doctor import doctor

Body = dict[str, Any]


def tool(name: str, words: int = 30) -> Body:
    return {"name": name, "description": f"{name} it " * words, "input_schema": {"type": "object"}}


SEARCH = {"type": "web_search_20250305", "name": "web_search"}
ONE, TWO, BIG = tool("find"), tool("send"), tool("book", 900)
MARKED = BIG | {"cache_control": M5}
EDITED = ONE | {"description": ONE["description"] + "It asks first."}

CHANGES: dict[str, tuple[list[Body], list[Body], str]] = {
    "appended": ([ONE], [ONE, TWO], "tools[1]"),
    "put in front": ([ONE], [TWO, ONE], "tools[0]"),
    "the first one": ([], [ONE], "tools[0]"),
    "a big first one": ([], [BIG], "tools[0]"),
    "removed at the end": ([ONE, TWO], [ONE], "tools[1]"),
    "removed in front": ([ONE, TWO], [TWO], "tools[0]"),
    "the last one removed": ([ONE], [], "tools[0]"),
    "a big one removed": ([ONE, BIG], [ONE], "tools[1]"),
    "web search behind another": ([ONE], [ONE, SEARCH], "tools[1]"),
    "web search alone": ([], [SEARCH], "tools[0]"),
    "web search removed": ([SEARCH, ONE], [ONE], "tools[0]"),
    "edited": ([ONE, TWO], [EDITED, TWO], "tools[0]"),
    "all others": ([ONE], [TWO], "tools[0]"),
    "turned round": ([ONE, TWO], [TWO, ONE], "tools[0]"),
    "behind a marked one": ([MARKED], [MARKED, TWO], "tools[1]"),
    "in front of a marked one": ([MARKED], [ONE, MARKED], "tools[0]"),
}


def body(tools: list[Body], *, deep: bool = False) -> Body:
    """The rules are marked; where it is deep a document of the question too."""
    asked = [block(1300, "sun", M5 if deep else None)] if deep else []
    made = {"model": S46, "max_tokens": 50, "system": [block(900, "tea"), block(1200, "cup", M5)]}
    return made | {"messages": user(*asked, block(9, "why"))} | ({"tools": tools} if tools else {})


def diagnosed(tmp_path: Path, *log: Body) -> DoctorReport:
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(request) for request in log), "utf-8")
    return doctor(path, Pricer())


def read_behind(clock: Any, before: Body, after: Body) -> tuple[int, int]:
    """Tokens that `after` reads of what `before` left, and those up to its last breakpoint."""
    simulator = Simulator(Settings(seed=7), clock)
    call(simulator, **copy.deepcopy(before))
    read, short, long, _ = billed(call(simulator, **copy.deepcopy(after)))
    return read, read + short + long


@pytest.mark.parametrize("deep", [False, True], ids=["shallow", "deep"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_other_tools_lose_is_what_would_have_been_read(
    tmp_path: Path, clock: Any, change: str, deep: bool
) -> None:
    old, new, where = CHANGES[change]
    before, after = body(old, deep=deep), body(new, deep=deep)
    report = diagnosed(tmp_path, before, after, after)
    read, marked = read_behind(clock, before, after)
    kept, _ = read_behind(clock, before, body(old, deep=deep))
    found = report.requests[1]
    assert (found.cause, found.block) == ("invalidating_switch", where)
    assert found.lost_tokens == min(kept, marked) - read >= 2100
    assert [r.cause for r in report.requests] == ["first_of_template", "invalidating_switch", "hit"]
    assert report.summary.templates == 1


def test_tools_behind_all_that_was_cached_lose_nothing(tmp_path: Path, clock: Any) -> None:
    """The marked tool is read; the rules behind it were never marked."""
    plain = {"model": S46, "max_tokens": 50, "system": [block(900)], "messages": user(block(9, "why"))}
    before, after = plain | {"tools": [MARKED]}, plain | {"tools": [MARKED, TWO]}
    assert read_behind(clock, before, after)[0] > 1024
    assert [r.cause for r in diagnosed(tmp_path, before, after).requests] == ["first_of_template", "hit"]


def test_tool_sets_in_turn_are_each_compared_with_their_own_past(tmp_path: Path) -> None:
    log = [body([ONE]), body([ONE, TWO]), body([])] * 3
    causes = [r.cause for r in diagnosed(tmp_path, *log).requests]
    assert causes == ["first_of_template", "invalidating_switch", "invalidating_switch", *["hit"] * 6]


def test_the_same_tools_before_other_rules_are_two_templates(tmp_path: Path) -> None:
    def desk(word: str, question: int) -> Body:
        rules = [block(1500, word, M5)]
        asked = user(block(9 + question, "why"))
        return {"model": S46, "max_tokens": 50, "tools": [ONE, TWO], "system": rules, "messages": asked}

    log = [desk(word, question) for question in range(3) for word in ("tea", "sun")]
    report = diagnosed(tmp_path, *log)
    assert [r.cause for r in report.requests] == ["first_of_template", "first_of_template", *["hit"] * 4]
    assert report.summary.templates == 2 and report.summary.lost_tokens == 0
