"""Samples of the bundled scenarios: made by their recipes, enough of them, and none that a wrong answer passes."""

import subprocess
import sys
from pathlib import Path

import pytest
from lesson_bench import FOLDER, bundled, passes
from make_samples import SAMPLES
from recipes.item import Item

from optlab.core.commands import RunBenchmark
from optlab.engine.estimate import estimate
from optlab.engine.pricing import Pricer
from optlab.studies.benchmark import plan

JUDGED = tuple(sorted(SAMPLES))


@pytest.fixture(scope="module")
def items() -> dict[str, list[Item]]:
    return {name: made() for name, made in SAMPLES.items()}


def test_the_script_makes_the_files_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(FOLDER / "make_samples.py"), str(tmp_path)], check=True, timeout=60)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.jsonl"))
    assert made == sorted(path.relative_to(FOLDER) for path in FOLDER.rglob("*.jsonl"))
    assert [str(path) for path in made if (tmp_path / path).read_bytes() != (FOLDER / path).read_bytes()] == []


@pytest.mark.parametrize("name", JUDGED)
def test_there_are_enough_samples_for_a_verdict_and_no_two_are_alike(name: str) -> None:
    scenario = bundled(name)
    assert len(scenario.samples) >= 120
    assert scenario.plan.quality_margin == 0.1
    assert scenario.plan.pairs in (60, 120)
    asked = [tuple(sorted(sample.variables.items())) for sample in scenario.samples]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("name", JUDGED)
def test_right_answers_pass_and_plausible_wrong_ones_fail(name: str, items: dict[str, list[Item]]) -> None:
    samples = {sample.id: sample for sample in bundled(name).samples}
    assert len(items[name]) == len(samples)
    for item in items[name]:
        sample = samples[item.row["id"]]
        assert item.right and len(item.wrong) >= 5
        assert [text for text in item.right if not passes(text, sample)] == []
        assert [text for text in item.wrong if passes(text, sample)] == []


@pytest.mark.parametrize("name", ["hamlet", "essay", "support_rules"])
def test_scenarios_of_one_sample_have_a_check_that_a_cut_answer_fails(name: str) -> None:
    (sample,) = bundled(name).samples
    assert sample.checks
    bullet = "- Hamlet learns from the ghost that his uncle Claudius murdered the king.\n"
    whole = {
        "hamlet": 3 * bullet,
        "essay": "Focus is attention that has been given a direction. " * 50,
        "support_rules": "You can cancel the order in your account until it is shipped.",
    }[name]
    assert passes(whole, sample)
    assert not passes(whole[: len(whole) // 2 - 12], sample)


def test_three_bullets_are_three() -> None:
    (sample,) = bundled("hamlet").samples
    bullet = "* Hamlet kills Laertes, and Claudius.\n"
    assert [n for n in range(6) if passes(n * bullet, sample)] == [3]
    assert passes("".join(f"{i}. Hamlet and Ophelia\n" for i in (1, 2, 3)), sample)


@pytest.mark.parametrize("name", JUDGED)
async def test_the_budget_covers_the_plan_with_answers_of_half_the_cap(name: str) -> None:
    twice = plan(RunBenchmark(name, aa=True), bundled(name))
    found = await estimate(twice, Pricer(), 1.0)
    budget = bundled(name).plan.budget_usd
    assert budget is not None and (found.low_usd + found.high_usd) / 2 < budget <= 2
