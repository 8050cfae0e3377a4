"""A candidate that would send what the baseline sends is refused before anything is paid for."""

import pytest
from engine_builders import AGAIN, CACHING, MAX_TOKENS, SMALLER, STREAMING, experiment, scenario

from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice, Variant
from optlab.engine import sameness
from optlab.engine.sameness import refuse_sameness

SAME_CAP = Variant("max_tokens", (LeverChoice("max_tokens", {"cap": 400}),))
SAME_MODEL = Variant("smaller_model", (LeverChoice("smaller_model", {"model": "claude-haiku-4-5"}),))


async def test_a_cap_that_cuts_nothing_off() -> None:
    with pytest.raises(UsageError, match="max_tokens:cap=400 changes nothing here"):
        await refuse_sameness(experiment(SAME_CAP))
    with pytest.raises(UsageError):
        await refuse_sameness(experiment(STREAMING, SAME_CAP))


async def test_the_same_model_by_another_name() -> None:
    with pytest.raises(UsageError, match="smaller_model:model=claude-haiku-4-5 changes nothing here"):
        await refuse_sameness(experiment(SAME_MODEL, of=scenario(model="claude-haiku-4-5-20251001")))
    await refuse_sameness(experiment(SAME_MODEL))


async def test_every_lever_that_changes_something_is_let_through() -> None:
    await refuse_sameness(experiment(CACHING, MAX_TOKENS, SMALLER, STREAMING, of=scenario(items=3)))
    await refuse_sameness(experiment())


async def test_an_a_a_run_means_it_so() -> None:
    again = experiment(AGAIN)
    await refuse_sameness(again.__class__(**{k: getattr(again, k) for k in again.__struct_fields__} | {"is_aa": True}))


async def test_a_lever_that_does_more_than_rewrite_is_not_judged_by_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sameness, "BY_NAME", {"max_tokens": object()})
    await refuse_sameness(experiment(SAME_CAP))
