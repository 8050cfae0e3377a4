"""The end of any study as a page and as one JSON object: one table, so a kept study reads as it did at its end."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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
from optlab.render.advice import advice_object, advice_sheet
from optlab.render.cache_measure import measure_object, measure_sheet
from optlab.render.cascade import study_object, study_sheet
from optlab.render.ceiling import ceiling_object, ceiling_sheet
from optlab.render.cut import cut_object, cut_sheet
from optlab.render.screen import screen_object, screen_sheet
from optlab.render.sheet import Sheet
from optlab.render.trim import heat_object, heat_sheet, trim_object, trim_sheet


class Spelled(NamedTuple):
    """How one kind of end is told."""

    sheet: Callable[[Any], Sheet]
    values: Callable[[Any], dict[str, Any]]


ENDS: Mapping[type[StudyEnd], Spelled] = {
    AdviceMeasured: Spelled(lambda e: advice_sheet(e.report, e.head), lambda e: advice_object(e.report, e.head)),
    CacheMeasured: Spelled(measure_sheet, measure_object),
    CascadeStudied: Spelled(
        lambda e: study_sheet(e.head, e.report, e.live), lambda e: study_object(e.head, e.report, e.live)
    ),
    CeilingMeasured: Spelled(lambda e: ceiling_sheet(e.report, e.head), lambda e: ceiling_object(e.report, e.head)),
    CutTested: Spelled(lambda e: cut_sheet(e.head, e.report), lambda e: cut_object(e.head, e.report)),
    CutsFound: Spelled(lambda e: trim_sheet(e.head, e.report), lambda e: trim_object(e.head, e.report)),
    HeatMapped: Spelled(lambda e: heat_sheet(e.head, e.report), lambda e: heat_object(e.head, e.report)),
    ScreenFinished: Spelled(lambda e: screen_sheet(e.head, e.report), lambda e: screen_object(e.head, e.report)),
}


def end_sheet(end: StudyEnd) -> Sheet:
    """The page of a study."""
    return ENDS[type(end)].sheet(end)


def end_object(end: StudyEnd) -> dict[str, Any]:
    """A study as plain values."""
    return ENDS[type(end)].values(end)
