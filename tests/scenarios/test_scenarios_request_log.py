"""The log of `clock_prefix`: the doctor names every cause and every kind of change that its recipe planted."""

from lesson_bench import FOLDER
from recipes.request_log import PLANTED

from optlab.engine.pricing import Pricer
from optlab.studies.cache.doctor import doctor


def test_the_doctor_names_what_is_planted() -> None:
    report = doctor(FOLDER / "clock_prefix.requests.jsonl", Pricer())
    assert [(found.cause, found.breaker) for found in report.requests] == list(PLANTED)
