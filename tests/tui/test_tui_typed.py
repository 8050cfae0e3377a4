"""Numbers that somebody typed: read whatever their length, and refused in a sentence of a sensible one."""

import pytest
from test_tui_trim_bench import PROMPT, SCENARIO

from optlab.core.errors import UsageError
from optlab.tui.desk import Desk, Settings
from optlab.tui.trim.questions import command_of
from optlab.tui.typed import whole_number

ENDLESS = "9" * 5_000
"""More digits than Python turns into a number."""


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" 007 ", 7), ("0", 0), ("000", 0), ("100", 100), ("0" * 5_000 + "5", 5)],
)
def test_digits_are_a_number(text: str, number: int) -> None:
    assert whole_number(text, 100) == number


@pytest.mark.parametrize("text", ["", " ", "-1", "1.5", "1e3", "101", "٣", "²", "few", ENDLESS])
def test_anything_else_is_none(text: str) -> None:
    assert whole_number(text, 100) is None


def test_a_number_without_end_is_refused_in_a_short_sentence() -> None:
    problem = Settings(pairs=ENDLESS).problem
    assert problem.startswith("pairs is a whole number from 1 to 100,000") and len(problem) < 120
    assert len(Settings(budget=f"x{ENDLESS}").problem) < 120 and len(Settings(speed=f"x{ENDLESS}").problem) < 120
    desk = Desk("desk.toml").loaded(SCENARIO)
    values = {"answers": "2", "items": ENDLESS, "budget": ""}
    for field, sentence in (("items", "samples is a whole number"), ("budget", "the cap is dollars")):
        with pytest.raises(UsageError, match=sentence) as refused:
            command_of("cut", {**values, "items": "1", field: ENDLESS}, desk, PROMPT)
        assert len(str(refused.value)) < 120
