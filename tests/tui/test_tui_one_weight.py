"""One prompt, one number of tokens: in the lab's prompt pane, in the Trim place, and in what a search reports."""

import msgspec
import pytest

from optlab.core.prompt import Prompt
from optlab.engine.pricing import Pricer
from optlab.engine.scenarios import load
from optlab.studies.cut_prompts import saving, whole_tokens
from optlab.tui.panes.prompt import total_tokens
from optlab.tui.trim.weight import Scale


@pytest.mark.parametrize("name", ["trim_bench", "support_rules", "support_desk", "hamlet", "clock_prefix"])
def test_every_figure_of_a_whole_prompt_is_the_same(name: str) -> None:
    scenario = load(name)
    less = Prompt(
        tuple(
            msgspec.structs.replace(segment, on=not segment.trimmable or number % 2 == 0)
            for number, segment in enumerate(scenario.prompt.segments)
        )
    )
    found = saving(scenario, less, (), Pricer())
    scale = Scale(scenario)
    assert whole_tokens(scenario) == found.tokens_before
    for prompt, tokens in ((scenario.prompt, found.tokens_before), (less, found.tokens_after)):
        assert total_tokens(prompt, scenario) == round(scale.total(prompt)) == tokens
