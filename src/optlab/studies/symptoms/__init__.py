"""The decision table, one function a symptom: does it hold, and what is its lever expected to save?

`TABLE` is the table of contents, in the order in which it is read; to add a symptom, write a function and put it here.
What was measured and what is assumed are told apart in every quantity.
"""

from collections.abc import Callable

from optlab.core.advice_report import AdviceRow
from optlab.studies.evidence import Evidence
from optlab.studies.symptoms.bill import high_bill
from optlab.studies.symptoms.easy import easy_questions
from optlab.studies.symptoms.fell import changes, quality_fell
from optlab.studies.symptoms.prefix import stable_prefix
from optlab.studies.symptoms.waiting import good_but_slow, somebody_waits

TABLE: tuple[Callable[[Evidence], AdviceRow], ...] = (
    quality_fell,
    stable_prefix,
    easy_questions,
    somebody_waits,
    high_bill,
    good_but_slow,
)

__all__ = ["TABLE", "changes"]
