"""Answers to questions for which nothing is sent: from a file, a kept run or arithmetic."""

from optlab.core.advice_report import AdviceReport
from optlab.core.cache_report import DoctorReport, PlanReport
from optlab.core.cascade_report import CascadeReport
from optlab.core.ceiling_report import CeilingReport
from optlab.core.plan_events import Told


class OutcomesRead(Told, frozen=True, tag="outcomes_read"):
    """What stored outcomes of a cascade say; nothing was sent for it."""

    file: str
    report: CascadeReport


class CeilingFound(Told, frozen=True, tag="ceiling_found"):
    """Which max_tokens observed lengths support."""

    report: CeilingReport


class AdviceGiven(Told, frozen=True, tag="advice_given"):
    """The decision table on a kept run."""

    report: AdviceReport


class CacheDiagnosed(Told, frozen=True, tag="cache_diagnosed"):
    """Why the requests of a log missed the prompt cache."""

    report: DoctorReport


class CachePlanned(Told, frozen=True, tag="cache_planned"):
    """What a cacheable prefix costs, way by way."""

    report: PlanReport
