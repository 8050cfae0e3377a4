"""What held-out samples disprove comes back, also from inside a segment: the prompt is that of the pieces listed."""

from typing import Any

from trim_bed import MODEL, Bed

from optlab.backends.scripted import Reply
from optlab.core.commands import FindCuts
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.study_events import CutsFound
from optlab.core.trim_report import TrimReport
from optlab.core.usage import Usage
from optlab.studies.cut_prompts import halves
from optlab.studies.trimming import TrimStudy

SENTENCES = (
    "Fact one stands here.",
    "The hidden fact is told in these words, and they are the most words by far of all that stand here.",
    "Coffee is free for guests before noon.",
    "The garden closes.",
)


class Handbook:
    """Everybody needs fact one; held-out samples alone need what is `hidden`."""

    def __init__(self, hidden: str) -> None:
        segments = (
            Segment("task", "system", "Answer.", trimmable=False),
            Segment("both", "system", " ".join(SENTENCES)),
            Segment("press", "system", "Nobody asks what the press was told, however long it may be."),
            Segment("question", "user", "Question {id}", trimmable=False),
        )
        check = (CheckSpec("equals", {"value": "right"}),)
        samples = tuple(Sample(f"s{i}", {"id": f"s{i}"}, check) for i in range(120))
        self.scenario = Scenario("S", MODEL, 20, Prompt(segments), samples, plan=Plan(pairs=120, quality_margin=0.1))
        self._held = {sample.id for sample in halves(self.scenario, 0)[1].samples}
        self._hidden = hidden

    def __call__(self, request: Request, n: int) -> Reply:
        said = " ".join(block.text for block in request.system)
        held = request.messages[-1].blocks[-1].text.removeprefix("Question ") in self._held
        right = "Fact one" in said and (self._hidden in said or not held)
        return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(100, 2))


async def searched(book: Handbook) -> TrimReport:
    bed: Any = Bed(book, book.scenario, "trim")
    end = await TrimStudy(FindCuts("x", by="auto"), book.scenario).carry_out(await bed.lab())
    assert isinstance(end, CutsFound)
    return end.report


async def test_what_came_back_is_in_the_prompt_again() -> None:
    book = Handbook("the press")
    report = await searched(book)
    assert all(piece.kept for piece in report.pieces)
    assert report.prompt == book.scenario.prompt
    assert report.saving.tokens_after == report.saving.tokens_before


async def test_the_last_look_is_kept_for_the_whole_segments() -> None:
    report = await searched(Handbook("hidden fact"))
    assert {piece.name for piece in report.pieces if not piece.kept} == {"press"}
    assert report.verified
    assert [len(one.cut) for one in report.verifications] == [4, 1]
