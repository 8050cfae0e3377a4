"""The data file and its reader: names that lead to one model, and facts that fit together."""

import json
from importlib import resources

import pytest

from optlab.catalogue import CatalogueError, Model, load


def test_an_alias_is_its_model() -> None:
    catalogue = load()
    assert catalogue.get("claude-haiku-4-5") is catalogue.get("claude-haiku-4-5-20251001")
    assert catalogue.get("claude-sonnet-4-6").id == "claude-sonnet-4-6"
    assert catalogue.find("claude-9") is None
    assert load() is catalogue


def test_an_unknown_model_is_refused_with_those_known() -> None:
    with pytest.raises(CatalogueError, match=r"the catalogue has no model 'claude-9'; it knows .*claude-sonnet-4-6"):
        load().get("claude-9")


def test_no_name_leads_to_two_models() -> None:
    names = [name for model in load().models for name in (model.id, *model.aliases)]
    assert len(names) == len(set(names))
    assert len(load().models) == 18


def test_facts_fit_together() -> None:
    for model in load().models:
        limits, capabilities, profile = model.limits, model.capabilities, model.latency.profile
        assert 0 < limits.min_cacheable_tokens < limits.max_output_tokens < limits.context_window
        assert capabilities.thinking.default_when_omitted in ("off", "adaptive")
        assert capabilities.effort.default is None or capabilities.effort.default in capabilities.effort.levels
        assert bool(capabilities.effort.levels) == (capabilities.effort.default is not None)
        bound = capabilities.thinking.off_up_to_effort
        assert bound is None or (bound in capabilities.effort.levels and len(capabilities.thinking.accepted) > 1)
        assert 0 < profile.ttft_s.p50 < profile.ttft_s.p90
        assert 0 < profile.output_tokens_per_s.p10 < profile.output_tokens_per_s.p50
        assert 0 < profile.prefill_tokens_per_s.uncached < profile.prefill_tokens_per_s.cached
        assert model.prices.as_of <= load().as_of


@pytest.mark.parametrize(
    "name, tokens",
    [
        ("claude-haiku-4-5-20251001", 4_096),
        ("claude-haiku-5-5", 512),
        ("claude-sonnet-4-6", 1_024),
        ("claude-opus-4-6", 4_096),
        ("claude-opus-4-7", 2_048),
    ],
)
def test_the_smallest_prefix_that_is_cached(name: str, tokens: int) -> None:
    assert load().get(name).limits.min_cacheable_tokens == tokens


@pytest.mark.parametrize("model", load().models, ids=lambda m: m.id)
def test_which_models_drop_earlier_thinking(model: Model) -> None:
    drops = model.family == "haiku" or model.id == "claude-sonnet-4-5-20250929"
    assert model.caching.keeps_earlier_thinking != drops


def test_every_fact_about_caching_says_what_it_rests_on() -> None:
    data = json.loads(resources.files("optlab.catalogue").joinpath("models.json").read_text("utf-8"))
    for entry in data["models"]:
        caching = entry["caching"]
        assert set(caching["basis"]) == {"keeps_earlier_thinking", "thinking_and_effort_invalidate"}
        assert set(caching["basis"].values()) <= set(data["basis_words"])
        assert set(caching["source"]) <= set(data["sources"])


def test_the_reader_leaves_nothing_of_the_file_out() -> None:
    data = json.loads(resources.files("optlab.catalogue").joinpath("models.json").read_text("utf-8"))
    assert [m["id"] for m in data["models"]] == [m.id for m in load().models]
    assert data["as_of"] == load().as_of
