"""The exercises of the course, one file each. `EXERCISES` is the table of contents, in their order.

To add one, write a file that makes an `Exercise` and put it here.
"""

from optlab.tui.guide.exercise import Exercise
from optlab.tui.guide.exercises.baseline import BASELINE
from optlab.tui.guide.exercises.cache_prefix import CACHE_PREFIX
from optlab.tui.guide.exercises.cap import CAP
from optlab.tui.guide.exercises.cascade import CASCADE
from optlab.tui.guide.exercises.one_thing import ONE_THING
from optlab.tui.guide.exercises.roll_back import ROLL_BACK
from optlab.tui.guide.exercises.stream import STREAM
from optlab.tui.guide.exercises.trim_third import TRIM_THIRD

EXERCISES: tuple[Exercise, ...] = (
    BASELINE,
    CACHE_PREFIX,
    CASCADE,
    TRIM_THIRD,
    STREAM,
    CAP,
    ONE_THING,
    ROLL_BACK,
)
"""All exercises."""

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
