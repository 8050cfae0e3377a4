"""A search by list items: tags go with what they hold, and each piece says which reason it has to stay."""

from trim_bed import MODEL, Bed

from optlab.backends.scripted import Reply
from optlab.core.commands import FindCuts
from optlab.core.prompt import Prompt, Segment
from optlab.core.request import Request
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.study_events import CutsFound
from optlab.core.usage import Usage
from optlab.studies.trimming import TrimStudy

RULES = """<facts>
- Fact one stands here.
</facts>
<press>
- Nobody asks what the press was told.
- Nor what it wrote of that.
</press>
"""


def answer(request: Request, n: int) -> Reply:
    right = any("Fact one" in block.text for block in request.system)
    return Reply(((1.0, "right" if right else "wrong"),), usage=Usage(100, 2))


async def found() -> CutsFound:
    segments = (
        Segment("task", "system", "Answer.", trimmable=False),
        Segment("rules", "system", RULES),
        Segment("question", "user", "Question {id}", trimmable=False),
    )
    check = (CheckSpec("equals", {"value": "right"}),)
    samples = tuple(Sample(f"s{i}", {"id": str(i)}, check) for i in range(120))
    scenario = Scenario("S", MODEL, 20, Prompt(segments), samples, plan=Plan(pairs=120, quality_margin=0.1))
    end = await TrimStudy(FindCuts("x", by="bullet"), scenario).carry_out(await Bed(answer, scenario, "trim").lab())
    assert isinstance(end, CutsFound)
    return end


async def test_tags_go_with_what_they_hold_and_reasons_say_which_case_holds() -> None:
    report = (await found()).report
    assert report.prompt.segments[1].text == "<facts>\n- Fact one stands here.\n</facts>\n"
    pieces = {piece.name: piece for piece in report.pieces}
    assert {name for name, piece in pieces.items() if not piece.kept} == {"rules#4", "rules#5", "rules#6", "rules#7"}
    assert pieces["rules#4"].evidence == pieces["rules#7"].evidence == "all that it holds is cut, so it goes as well"
    assert pieces["rules#1"].evidence == "a tag: without it what it opens would stay open"
    assert pieces["task"].evidence == "the scenario keeps it (trimmable = false)"
    assert pieces["rules#5"].words == "- Nobody asks what the press was told." and pieces["task"].words == ""
    assert report.verified and report.card_of_prompt is report.card is not None, "the card is of this very prompt"
