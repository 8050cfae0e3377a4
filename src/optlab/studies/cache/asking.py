"""The questions about caching that need no call, and their answers."""

from pathlib import Path

from optlab.core.answer_events import CacheDiagnosed, CachePlanned
from optlab.core.commands import DiagnoseCache, PlanCache
from optlab.engine import scenarios
from optlab.engine.pricing import Pricer
from optlab.studies.cache.doctor import doctor
from optlab.studies.cache.plan import plan_cache


def answered(command: DiagnoseCache | PlanCache, pricer: Pricer) -> CacheDiagnosed | CachePlanned:
    """The answer to a command. Raises UsageError where a file or what is asked cannot be used."""
    if isinstance(command, DiagnoseCache):
        return CacheDiagnosed(doctor(Path(command.path), pricer))
    scenario = scenarios.load(command.scenario) if command.scenario is not None else None
    return CachePlanned(plan_cache(command, scenario, pricer))
