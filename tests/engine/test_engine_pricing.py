"""Which table prices a model, and what happens where none does."""

from pathlib import Path

import pytest

from optlab.catalogue import Rates
from optlab.core.errors import UsageError
from optlab.core.usage import Terms, Usage
from optlab.engine.pricing import OwnPrice, Pricer

SONNET = "claude-sonnet-4-6"
VECTOR = Usage(1_000, 500, 1_000, 2_000, 20_000)


def folder(tmp_path: Path, text: str | bytes) -> Path:
    (tmp_path / "prices.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return tmp_path


def test_the_catalogue_prices_what_it_knows() -> None:
    assert Pricer().rates(SONNET, 1_000) == Rates(3, 15, 3.75, 6, 0.3)
    assert Pricer().cost(SONNET, VECTOR).total_usd == pytest.approx(0.03225)
    assert Pricer().rates("claude-haiku-5-5", 100_001) == Rates(0.5, 2.5, 0.625, 1, 0.05)
    assert Pricer().rates("claude-sonnet-5-5", 1, "2026-10-07").cache_read == pytest.approx(0.2)
    assert Pricer().rates("claude-sonnet-5-5", 1).cache_read == pytest.approx(0.1)


def test_the_tier_of_a_cost_is_chosen_by_the_whole_prompt() -> None:
    assert Pricer().cost("claude-haiku-5-5", Usage(100_000, 1_000)).total_usd == pytest.approx(0.0105)
    assert Pricer().cost("claude-haiku-5-5", Usage(1, 1_000, 0, 0, 100_000)).total_usd == pytest.approx(0.0075005)


def test_the_users_own_table_beats_the_catalogue(tmp_path: Path) -> None:
    own = Pricer.from_folder(folder(tmp_path, f'[models."{SONNET}"]\ninput = 2\noutput = 8\n'))
    assert own.rates(SONNET, 1_000) == Rates(2, 8, 2.5, 4, 0.2)
    assert own.rates("claude-opus-5", 1_000).input == 5


def test_every_price_of_the_own_table_is_taken(tmp_path: Path) -> None:
    text = '[models."org/m:7b"]\ninput = 1\noutput = 2\ncache_write_5m = 3\ncache_write_1h = 4\ncache_read = 0\n'
    own = Pricer.from_folder(folder(tmp_path, text))
    assert own.rates("org/m:7b", 10**6) == Rates(1, 2, 3, 4, 0)


def test_a_declared_price_of_zero_is_legal(tmp_path: Path) -> None:
    own = Pricer.from_folder(folder(tmp_path, '[models."llama"]\ninput = 0\noutput = 0\n'))
    assert own.knows("llama")
    assert own.rates("llama", 5) == Rates(0, 0, 0, 0, 0)
    assert own.cost("llama", VECTOR).total_usd == 0
    assert own.ceiling_usd("llama", 1_000, 1_000) == 0


def test_genai_prices_knows_models_that_the_catalogue_lacks() -> None:
    rates = Pricer().rates("claude-3-5-haiku-20241022", 1_000)
    assert (rates.input, rates.output) == (pytest.approx(0.8), pytest.approx(4))
    assert (rates.cache_write_5m, rates.cache_write_1h) == (pytest.approx(1), pytest.approx(1.6))
    assert rates.cache_read == pytest.approx(0.08)
    assert Pricer().knows("claude-opus-4-1")


@pytest.mark.parametrize(
    "terms, words", [(Terms(fast=True), "fast mode"), (Terms(us_only=True), "inference kept to the United States")]
)
def test_what_genai_prices_does_not_know_is_no_price(terms: Terms, words: str) -> None:
    old = "claude-3-5-haiku-20241022"
    assert Pricer().rates(old, 1_000, terms=Terms(batch=True)).input == pytest.approx(0.4)
    with pytest.raises(UsageError) as caught:
        Pricer().rates(old, 1_000, terms=terms)
    assert str(caught.value) == (
        f'no price is known for {words} with the model {old!r}; put [models."{old}"] with its prices into prices.toml'
    )
    assert Pricer({old: OwnPrice(1, 2)}).rates(old, 1_000, terms=terms).input == 1


@pytest.mark.parametrize("model", ["claude-9", "gpt-4o", "", "org/own", "claude sonnet"])
def test_an_unpriced_model_is_refused_and_never_free(model: str) -> None:
    sentence = (
        f'no price is known for the model {model!r}; put [models."{model}"] with input and output '
        "(USD per million tokens, 0 is allowed) into prices.toml"
    )
    assert not Pricer().knows(model)
    for ask in (
        lambda: Pricer().rates(model, 1),
        lambda: Pricer().cost(model, Usage()),
        lambda: Pricer().ceiling_usd(model, 1, 1),
    ):
        with pytest.raises(UsageError) as caught:
            ask()
        assert str(caught.value) == sentence


def test_the_refusal_names_the_table_to_write(tmp_path: Path) -> None:
    for text in (None, "", '[models."other"]\ninput = 0\noutput = 0\n'):
        if text is not None:
            folder(tmp_path, text)
        with pytest.raises(UsageError) as caught:
            Pricer.from_folder(tmp_path).rates("own", 1)
        assert str(caught.value).endswith(f"into {tmp_path / 'prices.toml'}")


def test_the_ceiling_is_the_prompt_at_its_dearest_and_the_answer_at_its_cap() -> None:
    assert Pricer().ceiling_usd(SONNET, 1_000, 400) == pytest.approx((1_000 * 6 + 400 * 15) / 1e6)
    own = Pricer({"m": OwnPrice(4, 1, cache_write_5m=5, cache_write_1h=3)})
    assert own.ceiling_usd("m", 1_000, 400) == pytest.approx((1_000 * 5 + 400 * 1) / 1e6)


@pytest.mark.parametrize("usage", [VECTOR, Usage(23_000, 500), Usage(0, 0, 0, 24_000, 0), Usage()])
def test_no_call_costs_more_than_its_ceiling(usage: Usage) -> None:
    for model in (SONNET, "claude-haiku-5-5", "claude-fable-5-1"):
        most = Pricer().ceiling_usd(model, 24_000, 500)
        assert Pricer().cost(model, usage).total_usd <= most + 1e-12


def test_no_file_is_no_own_table(tmp_path: Path) -> None:
    assert Pricer.from_folder(tmp_path).rates(SONNET, 1).input == 3
    assert Pricer.from_folder(tmp_path / "nowhere").rates(SONNET, 1).input == 3
    assert Pricer.from_folder(folder(tmp_path, "")).rates(SONNET, 1).input == 3


EXPECTED = '; expected [models."MODEL"] tables with input and output in USD per million'


@pytest.mark.parametrize(
    "text, words",
    [
        ("x =", "Invalid value"),
        ('[models."m"]\ninput = 1\n', "missing required field `output`"),
        ('[models."m"]\ninput = "a"\noutput = 1\n', "Expected `float`, got `str`"),
        ('[models."m"]\ninput = 1\noutput = 1\nwrite = 2\n', "unknown field `write`"),
        ('[model."m"]\ninput = 1\noutput = 1\n', "only tables under [models] belong here"),
        ("models = 3\n", "only tables under [models] belong here"),
        (b'[models."m\xff"]', "utf-8"),
    ],
)
def test_a_broken_table_is_refused_in_one_sentence(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Pricer.from_folder(folder(tmp_path, text))
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'prices.toml'}: ") and said.endswith(EXPECTED)
    assert words in said and "\n" not in said


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").mkdir()
    with pytest.raises(UsageError, match=r"prices\.toml"):
        Pricer.from_folder(tmp_path)


def test_a_broken_entry_names_its_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Pricer.from_folder(folder(tmp_path, '[models."a"]\ninput = 1\noutput = 1\n[models."bad"]\ninput = 1\n'))
    said = str(caught.value)
    assert said == f"{tmp_path / 'prices.toml'}: model 'bad': Object missing required field `output`{EXPECTED}"


@pytest.mark.parametrize("price", ["-1", "nan", "inf"])
def test_a_price_that_is_none_is_refused(tmp_path: Path, price: str) -> None:
    with pytest.raises(UsageError, match=r"model 'm': a price is a number from 0 on"):
        Pricer.from_folder(folder(tmp_path, f'[models."m"]\ninput = {price}\noutput = 1\n'))


def test_a_price_declared_for_an_alias_holds_for_the_model(tmp_path: Path) -> None:
    own = Pricer.from_folder(folder(tmp_path, '[models."claude-haiku-4-5"]\ninput = 9\noutput = 9\n'))
    assert own.rates("claude-haiku-4-5-20251001", 1).input == own.rates("claude-haiku-4-5", 1).input == 9
    dated = Pricer({"claude-haiku-4-5-20251001": OwnPrice(7, 7)})
    assert dated.rates("claude-haiku-4-5", 1).input == 7
    both = Pricer({"claude-haiku-4-5-20251001": OwnPrice(7, 7), "claude-haiku-4-5": OwnPrice(9, 9)})
    assert both.rates("claude-haiku-4-5", 1).input == 9  # what was asked for comes first
