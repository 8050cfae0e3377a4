"""What a cut does to what a cache can keep, said before it is run and after: below the minimum no error says so."""

from collections.abc import Sequence

import msgspec

from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt
from optlab.core.report import Caveat
from optlab.core.scenario import Scenario
from optlab.core.trim_report import Saving
from optlab.cuts.prefix import Prefix, stable_prefix
from optlab.engine.wording import size
from optlab.studies.cut_prompts import asked_model

UNCACHED = "what trimming is for; both prompts sent without caching"
WHY_COST = "what trimming is for"


def primary_reason(scenario: Scenario, levers: Sequence[LeverChoice]) -> str:
    """Why the bill decides on a cut, and which bill where the scenario declares caching that no lever has on."""
    return UNCACHED if _declared(scenario, levers) else WHY_COST


def below_minimum(scenario: Scenario, levers: Sequence[LeverChoice], after: Prompt) -> Caveat | None:
    """A warning where the prompt's stable beginning could be cached and that of what is left cannot."""
    before, left = _prefix(scenario, levers, scenario.prompt), _prefix(scenario, levers, after)
    if not (before.reaches and left.reaches is False):
        return None
    return _warned(before, f"this cut leaves about {left.tokens:,}, of which nothing can be cached any more")


def goal_below_minimum(
    scenario: Scenario, levers: Sequence[LeverChoice], most_left: float | None, barest: Prompt
) -> Caveat | None:
    """The same before a search: what its goal must or may do. `most_left`: tokens the goal leaves at most.

    `barest` is the prompt without anything that may go.
    """
    before, least = _prefix(scenario, levers, scenario.prompt), _prefix(scenario, levers, barest)
    if not before.reaches or before.minimum is None:
        return None
    if most_left is not None and most_left < before.minimum:
        return _warned(before, f"the goal leaves at most {most_left:,.0f}, of which nothing can be cached any more")
    if least.reaches is False:
        return _warned(before, f"this search may leave as few as {least.tokens:,}; then nothing can be cached any more")
    return None


def uncached_card(
    scenario: Scenario, levers: Sequence[LeverChoice], saving: Saving, estimate: float | None
) -> Caveat | None:
    """Which bill the card is about, where the scenario declares caching that both prompts were sent without."""
    if estimate is None or saving.cached_usd_per_call is None or not _declared(scenario, levers):
        return None
    usd = 1000 * saving.cached_usd_per_call
    cached = f"saves about ${usd:,.2f}" if usd >= 0 else f"costs about ${-usd:,.2f} more"
    return Caveat(
        "uncached_bill",
        f"the card's {size(estimate)} is of calls without caching, as both prompts were sent; with the caching that "
        f"the scenario declares, this cut {cached} a thousand calls; test it with that lever on to be sure",
    )


def _declared(scenario: Scenario, levers: Sequence[LeverChoice]) -> bool:
    return "caching" in scenario.lever_params and all(choice.name != "caching" for choice in levers)


def _prefix(scenario: Scenario, levers: Sequence[LeverChoice], prompt: Prompt) -> Prefix:
    asked = msgspec.structs.replace(scenario, model=asked_model(scenario, levers))
    return stable_prefix(asked, prompt)


def _warned(before: Prefix, what: str) -> Caveat:
    return Caveat(
        "below_cache_minimum",
        f"about {before.tokens:,} tokens in front are the same in every call, and the model caches from "
        f"{before.minimum:,} on; {what}",
    )
