"""What a study came to, picked from its end: what a list of studies can say of it. Nothing is computed here."""

from optlab.core.advice_report import AdviceReport
from optlab.core.screen_report import ScreenReport
from optlab.core.study import Upshot
from optlab.core.study_events import (
    AdviceMeasured,
    CacheMeasured,
    CascadeStudied,
    CeilingMeasured,
    CutsFound,
    CutTested,
    HeatMapped,
    ScreenFinished,
    StudyEnd,
)
from optlab.core.trim_report import Saving
from optlab.core.verdict import CardWord

NOTHING = Upshot(found=False)


def upshot_of(end: StudyEnd) -> Upshot:
    """What a study came to."""
    match end:
        case CutsFound(report=cuts):
            return Upshot(word=cuts.card.verdict if cuts.card else None, tokens=_tokens(cuts.saving))
        case CutTested(report=cut) if cut is not None:
            return Upshot(word=cut.card.verdict if cut.card else None, tokens=_tokens(cut.saving))
        case HeatMapped(report=heat) if heat is not None:
            return Upshot(pieces=len(heat.rows))
        case ScreenFinished(report=screen) if screen is not None:
            return Upshot(word=_confirmed(screen), levers=screen.chosen)
        case CeilingMeasured(report=ceiling) if ceiling is not None:
            return Upshot(cap=ceiling.recommended)
        case AdviceMeasured(report=advice) if advice is not None:
            return Upshot(levers=_first(advice))
        case CascadeStudied(report=cascade) if cascade.figures.n:
            return Upshot(saving=cascade.figures.saving.value)
        case CacheMeasured(report=cache) if cache.pairs:
            return Upshot(saving=cache.saving)
    return NOTHING


def _tokens(saving: Saving) -> tuple[int, int]:
    return saving.tokens_before, saving.tokens_after


def _confirmed(screen: ScreenReport) -> CardWord | None:
    cards = screen.confirmation.cards if screen.confirmation else ()
    return cards[0].verdict if cards else None


def _first(advice: AdviceReport) -> tuple[str, ...]:
    return tuple(row.lever for row in advice.rows if row.symptom == advice.first)
