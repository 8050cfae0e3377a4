"""The ends of studies: every kind has a page and an object, and a few words for a list."""

from typing import get_args

import msgspec
import pytest

from optlab.core.record import Provenance
from optlab.core.study import KeptStudy, StudyKind, Upshot
from optlab.core.study_events import Ending
from optlab.core.verdict import CardWord
from optlab.render.ends import ENDS
from optlab.render.upshot import upshot_words

STUDY = KeptStudy(
    id="s",
    at="2026",
    ended=None,
    scenario="x",
    source="x",
    kind="trim",
    provenance=Provenance.SIMULATED,
    sim_speed=1.0,
    seed=0,
    status="finished",
    cost_usd=0.0,
    runs=1,
)


def test_every_kind_of_end_can_be_spelled() -> None:
    assert set(ENDS) == set(get_args(Ending))


@pytest.mark.parametrize(
    ("kind", "upshot", "words"),
    [
        ("trim", Upshot(word=CardWord.ADOPT, tokens=(2100, 1420)), "2,100 → 1,420 tokens, ADOPT"),
        ("cut", Upshot(tokens=(2100, 1420)), "2,100 → 1,420 tokens, not verified"),
        ("trim", Upshot(tokens=(2100, 2100)), "2,100 tokens, nothing cut"),
        ("trim", Upshot(word=CardWord.ROLL_BACK, tokens=(9, 9)), "9 tokens, nothing cut, ROLL BACK"),
        ("heat", Upshot(pieces=1), "1 piece mapped"),
        ("heat", Upshot(pieces=16), "16 pieces mapped"),
        ("screen", Upshot(word=CardWord.NOISE, levers=("streaming", "effort")), "streaming + effort, NOISE"),
        ("screen", Upshot(levers=("streaming",)), "streaming, not verified"),
        ("screen", Upshot(levers=()), "no lever"),
        ("advice", Upshot(levers=("caching",)), "caching"),
        ("ceiling", Upshot(cap=1200), "max_tokens 1,200"),
        ("ceiling", Upshot(), "no limit proven"),
        ("cascade", Upshot(saving=0.4), "saves 40% of the bill"),
        ("cache", Upshot(saving=0.4), "saves 40% of the wait"),
        ("cache", Upshot(), "saving not known"),
        ("cache", Upshot(found=False), "nothing found"),
        ("cache", None, ""),
    ],
)
def test_what_a_study_came_to_in_a_few_words(kind: StudyKind, upshot: Upshot | None, words: str) -> None:
    assert upshot_words(msgspec.structs.replace(STUDY, kind=kind, upshot=upshot)) == words
