"""The call that could cross the cap is not made."""

from typing import Any, get_args

import msgspec
import pytest

from optlab.catalogue import Cost, load
from optlab.core.record import CallError, CallRecord, ErrorKind, Provenance
from optlab.core.request import Block, Request, Tool, Turn
from optlab.core.usage import Usage
from optlab.engine.budget import MARGIN, UNBILLED, Budget, BudgetStop, prompt_bytes
from optlab.engine.pricing import OwnPrice, Pricer

# One dollar a token each way, writes included: the ceiling of a call is bytes + max_tokens dollars.
PRICER = Pricer({"m": OwnPrice(1e6, 1e6, cache_write_5m=1e6, cache_write_1h=1e6)})


def request(text: str = "x" * 10, max_tokens: int = 5) -> Request:
    return Request("m", max_tokens, (Turn("user", (Block(text),)),))


def test_a_call_that_fits_exactly_is_admitted() -> None:
    Budget(15.0, PRICER).admit(request())
    with pytest.raises(BudgetStop):
        Budget(14.999, PRICER).admit(request())
    with pytest.raises(BudgetStop):
        Budget(0.0, PRICER).admit(request())


def settle(
    budget: Budget,
    sent: Request,
    usd: float = 0.0,
    prompt_tokens: int = 0,
    error: Any = None,
    status: int | None = None,
) -> None:
    """A call made and billed."""
    record = CallRecord(
        id="c",
        model="m",
        streamed=False,
        sent_at_s=0.0,
        ended_at_s=1.0,
        provenance=Provenance.MEASURED,
        usage=Usage(prompt_tokens),
        cost=Cost(input_usd=usd),
        error=None if error is None else CallError(error, "it failed", status),
    )
    budget.settle(sent, record, budget.admit(sent))


def test_what_is_spent_counts() -> None:
    budget = Budget(100.0, PRICER)
    settle(budget, request(), usd=85.0)
    assert budget.spent_usd == budget.at_most_usd == 85.0
    settle(budget, request(), usd=0.5)
    assert budget.spent_usd == 85.5
    with pytest.raises(BudgetStop):
        budget.admit(request())
    budget.admit(request(max_tokens=4))


def test_calls_under_way_together_cannot_cross_the_cap_together() -> None:
    budget = Budget(30.0, PRICER)
    assert budget.admit(request()) == 15.0
    assert (budget.spent_usd, budget.at_most_usd) == (0.0, 15.0)
    budget.admit(request())
    with pytest.raises(BudgetStop):
        budget.admit(request("x", max_tokens=1))
    assert budget.at_most_usd == 30.0  # what was refused reserves nothing


def test_the_bill_takes_the_place_of_the_reservation() -> None:
    budget = Budget(15.0, PRICER)
    settle(budget, request(), usd=0.0)
    assert budget.at_most_usd == 0.0
    budget.admit(request())


@pytest.mark.parametrize("error", sorted(UNBILLED))
def test_an_answer_with_an_error_status_is_not_billed(error: str) -> None:
    budget = Budget(100.0, PRICER)
    settle(budget, request(), error=error)
    assert (budget.spent_usd, budget.at_most_usd) == (0.0, 0.0)


@pytest.mark.parametrize("error", sorted(set(get_args(ErrorKind)) - UNBILLED))
def test_a_call_that_broke_off_may_have_been_billed_in_full(error: str) -> None:
    budget = Budget(100.0, PRICER)
    settle(budget, request(), usd=3.0, error=error)
    assert (budget.spent_usd, budget.at_most_usd) == (15.0, 15.0)


def test_a_time_out_that_the_server_told_as_a_status_is_not_billed() -> None:
    budget = Budget(100.0, PRICER)
    settle(budget, request(), error="timeout", status=408)
    assert (budget.spent_usd, budget.at_most_usd) == (0.0, 0.0)


def test_which_errors_leave_the_bill_open() -> None:
    assert set(get_args(ErrorKind)) - UNBILLED == {"connection", "timeout", "broken_stream"}


def test_no_cap_only_keeps_the_account() -> None:
    budget = Budget(None, PRICER)
    settle(budget, request(), usd=1e9)
    budget.admit(request("x" * 10**6))
    assert budget.spent_usd == 1e9


def test_a_free_model_fits_any_cap() -> None:
    assert Budget(0.0, Pricer({"m": OwnPrice(0, 0)})).admit(request()) == 0.0


def test_prompts_already_counted_teach_how_dense_the_next_one_is() -> None:
    assert MARGIN == 1.25
    budget = Budget(1_005.0, PRICER)
    settle(budget, request("x" * 1_000), prompt_tokens=200)  # a fifth of a token a byte, so 0.25 with the margin
    assert budget.admit(request("x" * 40)) == 10 + 5
    other = msgspec.structs.replace(request("x" * 40), model="free")
    assert Budget(None, Pricer({"free": OwnPrice(1e6, 1e6, 1e6, 1e6)})).admit(other) == 40 + 5


def test_the_densest_prompt_seen_counts_and_no_token_is_shorter_than_a_byte() -> None:
    budget = Budget(None, PRICER)
    settle(budget, request("x" * 100), prompt_tokens=40)
    settle(budget, request("x" * 100), prompt_tokens=20)
    assert budget.admit(request("x" * 100)) == 50 + 5
    settle(budget, request("x" * 10), prompt_tokens=10)
    assert budget.admit(request("x" * 100)) == 100 + 5


def test_tokens_that_no_byte_of_ours_explains_are_expected_again() -> None:
    """The preamble of tools is billed like the prompt: 350 tokens around 10 bytes."""
    budget = Budget(1_000.0, PRICER)
    settle(budget, request("x" * 10), usd=355.0, prompt_tokens=350)
    assert budget.admit(request("x" * 10)) == 350 + 5
    with pytest.raises(BudgetStop):
        budget.admit(request("x" * 10))


@pytest.mark.parametrize("model_id", ["claude-sonnet-4-6", "claude-haiku-4-5-20251001"])
def test_the_frame_around_a_prompt_is_known_before_the_first_call(model_id: str) -> None:
    """Seven tokens around two bytes: without them the first call of a short prompt could cross the cap."""
    model = load().find(model_id)
    assert model is not None and model.tokenizer.message_frame_tokens > 0
    short = msgspec.structs.replace(request("Hi"), model=model_id)
    one = Pricer({model_id: OwnPrice(1e6, 1e6, 1e6, 1e6)})
    assert Budget(None, one).admit(short) == 2 + model.tokenizer.message_frame_tokens + 5


def test_each_model_is_learnt_by_itself() -> None:
    """A smaller model's tokenizer may make more tokens of the same text."""
    one = OwnPrice(1e6, 1e6, 1e6, 1e6)
    budget = Budget(None, Pricer({"m": one, "n": one}))
    settle(budget, request("x" * 100), prompt_tokens=20)
    assert budget.admit(msgspec.structs.replace(request("x" * 100), model="n")) == 100 + 5


def test_a_failed_call_teaches_nothing() -> None:
    budget = Budget(None, PRICER)
    settle(budget, request("x" * 1_000), error="overloaded")
    assert budget.admit(request("x" * 11)) == 11 + 5


def test_bytes_are_those_of_utf8() -> None:
    assert prompt_bytes(request("é你🙂")) == 2 + 3 + 4
    whole = Request("m", 1, (Turn("user", (Block("ab"),)),), system=(Block("cde"),), tools=(Tool({"a": 1}),))
    assert prompt_bytes(whole) == 2 + 3 + len('{"a":1}')


def test_a_cap_that_is_no_number_admits_nothing() -> None:
    with pytest.raises(BudgetStop):
        Budget(float("nan"), PRICER).admit(request())
