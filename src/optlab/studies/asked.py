"""Which study answers which command. To add one, write a file that makes a Study and put it here."""

from collections.abc import Callable, Mapping
from typing import Any

from optlab.core import commands
from optlab.core.scenario import Scenario
from optlab.studies.advice import AdviceStudy
from optlab.studies.cache.measure import CacheMeasurement
from optlab.studies.cascade import CascadeStudy
from optlab.studies.ceiling import CeilingStudy
from optlab.studies.cut_test import CutTest
from optlab.studies.heat import HeatStudy
from optlab.studies.screen import ScreenStudy
from optlab.studies.study import Study
from optlab.studies.trimming import TrimStudy

Planner = Callable[[Any, Scenario], Study]
"""Makes the study of its command on a scenario. Raises UsageError where it makes no sense."""

PLANNERS: Mapping[type[commands.Study], Planner] = {
    commands.Advise: AdviceStudy,
    commands.MeasureCeiling: CeilingStudy,
    commands.RunScreen: ScreenStudy,
    commands.StudyCascade: CascadeStudy,
    commands.MeasureCache: CacheMeasurement,
    commands.TestCut: CutTest,
    commands.FindCuts: TrimStudy,
    commands.MapHeat: HeatStudy,
}


def study_of(command: commands.Study, scenario: Scenario) -> Study:
    """The study that a command asks for, planned. Raises UsageError where it makes no sense."""
    return PLANNERS[type(command)](command, scenario)
