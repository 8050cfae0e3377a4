"""Several candidates in one run, each judged on the metric of its own lever."""

import msgspec
from engine_builders import BASELINE, SMALLER, STREAMING, WIDE, experiment, run

from optlab.backends.backend import BackendInfo
from optlab.core.experiment import Experiment
from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.verdict import Card
from optlab.engine.assess import Block, assess

INFO = BackendInfo(Provenance.SIMULATED, 1.0, "s", "w", False)
SHOWN_SOONER = msgspec.structs.replace(STREAMING, primary="first_visible", primary_reason="what streaming is for")
CHEAPER = msgspec.structs.replace(SMALLER, primary="cost_usd", primary_reason="what smaller_model is for")


def block(i: int) -> Block:
    """Streaming shows text at once and saves nothing; the smaller model costs half and takes as long, more or less."""
    seconds = 2.0 + 0.2 * (i * 7 % 5)
    return {
        "baseline": run(BASELINE, i, e2e_s=2.2),
        "streaming": run(STREAMING, i, e2e_s=2.2, ttft_s=0.2),
        "smaller_model": run(SMALLER, i, e2e_s=seconds, usd=0.0004 + 0.00001 * (i % 3)),
    }


def told(made: Experiment, pairs: int) -> tuple[dict[str, Card], dict[str, Caveat]]:
    found = assess(made, INFO, [block(i) for i in range(pairs)], [], [], 0.1, WIDE, over=True)
    return {card.variant: card for card in found.cards}, {caveat.code: caveat for caveat in found.caveats}


def test_each_card_is_decided_on_its_own_metric_and_says_why() -> None:
    cards, _ = told(experiment(SHOWN_SOONER, CHEAPER, alpha=0.025), 12)
    decided = {name: (card.primary.metric, card.primary.verdict) for name, card in cards.items()}
    assert decided == {"streaming": ("first_visible", "better"), "smaller_model": ("cost_usd", "better")}
    assert {card.primary_reason for card in cards.values()} == {"what streaming is for", "what smaller_model is for"}
    assert cards["streaming"].reason.startswith("The first text is visible 91% sooner")
    assert cards["smaller_model"].reason.startswith("The bill falls by 59%")


def test_without_metrics_of_their_own_the_experiments_decides_on_all() -> None:
    cards, _ = told(experiment(STREAMING, SMALLER, primary="e2e"), 12)
    assert {card.primary.metric for card in cards.values()} == {"e2e"}
    assert {card.primary_reason for card in cards.values()} == {"asked for"}


def test_doubts_about_time_are_of_those_that_time_decides_on() -> None:
    assert "too_few" in told(experiment(SHOWN_SOONER, CHEAPER), 4)[1]
    assert "too_few" not in told(experiment(CHEAPER, primary="e2e"), 4)[1]
