"""The log `clock_prefix.requests.jsonl`: what a service sent that wants its handbook cached, and what broke the cache.

Every request changes one thing against the one before it, or nothing. `PLANTED` says what has to be found.
"""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recipes import trim_bench

Body = dict[str, Any]

MODEL = "claude-sonnet-4-6"
FIRST_AT = 1_793_696_412.0
"""2026-11-03 09:00:12 UTC."""
MARK = {"type": "ephemeral"}
SHOPS = ("Brixen", "Innsbruck", "Trento", "Merano")
LOOK_BACK = 20
"""Positions that a breakpoint looks back."""


def first(handbook: str) -> Body:
    """The request as it is meant: three system blocks, of which the last one ends the stable prefix."""
    head = (
        "Now: 2026-11-03T09:00:12Z. Trace: 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b. Published 2026-10-30, valid from "
        "1793600000. Desk opens 09:00. Log id_4f9ac2d17b. Visitors today: 17."
    )
    settings = json.dumps({"language": "en", "tone": "friendly", "sentences": 2})
    shops = "\n".join(f"- {shop}" for shop in SHOPS)
    blocks = (head, settings, f"Showrooms:\n{shops}\n{handbook}")
    system: list[Body] = [{"type": "text", "text": text} for text in blocks]
    system[-1]["cache_control"] = MARK
    return {"model": MODEL, "max_tokens": 120, "system": system, "messages": []}


def _said(block: int, old: str, new: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        text = body["system"][block]["text"]
        assert old in text, f"{old!r} is not in system.{block}"
        body["system"][block]["text"] = text.replace(old, new, 1)

    return change


def _key_order(body: Body) -> None:
    settings = json.loads(body["system"][1]["text"])
    body["system"][1]["text"] = json.dumps(dict(sorted(settings.items(), reverse=True)))


def _to(model: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        body["model"] = model

    return change


def _unmarked(body: Body) -> None:
    del body["system"][-1]["cache_control"]


def _cited(body: Body) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "Order 5512: one tent, one stove, two mats."}
    body["messages"] = [{"role": "user", "content": [
        {"type": "document", "source": source, "citations": {"enabled": True}},
        {"type": "text", "text": "What did I order?"},
    ]}]  # fmt: skip


def _talk(turns: int) -> Callable[[Body], None]:
    """A conversation of so many turns, with the only breakpoint on its last one."""

    def change(body: Body) -> None:
        _unmarked(body)
        said = [f"Part {i + 1} of my story: the tent, the rain and the river." for i in range(turns)]
        body["messages"] = [
            {"role": ("user", "assistant")[i % 2], "content": [{"type": "text", "text": text}]}
            for i, text in enumerate(said)
        ]
        body["messages"][-1]["content"][0]["cache_control"] = MARK

    return change


def _nothing(body: Body) -> None:
    pass


Step = tuple[str, str | None, float, Callable[[Body], None], bool]
"""Cause, breaker, seconds since the request before, what changes, and whether the change lasts."""

STEPS: tuple[Step, ...] = (
    ("first_of_template", None, 0, _nothing, True),
    ("hit", None, 18, _nothing, True),
    ("changed_block", "iso_timestamp", 21, _said(0, "T09:00:12Z", "T09:00:51Z"), True),
    ("changed_block", "iso_timestamp", 24, _said(0, "T09:00:51Z", "T09:01:15Z"), True),
    ("hit", None, 12, _nothing, True),
    (
        "changed_block",
        "uuid",
        33,
        _said(0, "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b", "9c7f0a1e-5d2b-4c68-8e13-d04ab7f62b95"),
        True,
    ),
    ("changed_block", "date", 15, _said(0, "2026-10-30", "2026-10-31"), True),
    ("changed_block", "epoch", 26, _said(0, "1793600000", "1793603600"), True),
    ("hit", None, 14, _nothing, True),
    ("changed_block", "clock", 19, _said(0, "09:00.", "09:30."), True),
    ("changed_block", "hex_id", 22, _said(0, "id_4f9ac2d17b", "id_77c0de91aa"), True),
    ("changed_block", "number", 17, _said(0, "today: 17", "today: 18"), True),
    ("hit", None, 31, _nothing, True),
    ("changed_block", "json_key_order", 16, _key_order, True),
    ("hit", None, 20, _nothing, True),
    ("changed_block", "line_order", 23, _said(2, "- Brixen\n- Innsbruck", "- Innsbruck\n- Brixen"), True),
    ("changed_block", "whitespace", 28, _said(2, "# Returns\n", "# Returns\n\n"), True),
    ("changed_block", "content", 13, _said(2, "Climbing ropes are", "Climbing ropes and slings are"), True),
    ("hit", None, 25, _nothing, True),
    ("no_breakpoint", None, 18, _unmarked, False),
    ("hit", None, 15, _nothing, True),
    ("below_minimum", None, 20, _to("claude-haiku-4-5-20251001"), False),
    ("other_model", None, 16, _to("claude-sonnet-4-5-20250929"), False),
    ("hit", None, 27, _nothing, True),
    ("invalidating_switch", None, 19, _cited, False),
    ("hit", None, 14, _nothing, True),
    ("expired", None, 412, _nothing, True),
    ("hit", None, 35, _nothing, True),
    ("changed_block", "number", 21, _said(0, "today: 18", "today: 19"), True),
    ("not_yet_readable", None, 0.2, _nothing, True),
    ("hit", None, 30, _nothing, True),
)

PLANTED: tuple[tuple[str, str | None], ...] = (
    *((cause, breaker) for cause, breaker, *_ in STEPS),
    ("hit", None),
    ("beyond_lookback", None),
)
"""What every request of the log is to be diagnosed with; the last two are a conversation begun and gone on with."""


def lines(folder: Path) -> list[str]:
    """The log, one request a line."""
    handbook = (folder / "clock_prefix" / "handbook.txt").read_text("utf-8")
    rng = random.Random("request_log")
    questions = [item.row["question"] for item in trim_bench.items()]
    standing, at = first(handbook), FIRST_AT
    written: list[str] = []
    for _, _, gap, change, lasts in STEPS:
        body = standing if lasts else copy.deepcopy(standing)
        body["messages"] = [{"role": "user", "content": rng.choice(questions)}]
        change(body)
        at += gap
        written.append(_line(at, body))
    for turns in (3, 3 + LOOK_BACK + 4):
        body = copy.deepcopy(standing)
        _talk(turns)(body)
        at += 20
        written.append(_line(at, body))
    return written


def _line(at: float, body: Body) -> str:
    return json.dumps({"at": round(at, 3), **body}, ensure_ascii=False) + "\n"
