"""A scenario to trim, and what a worker would tell of it."""

from collections.abc import Mapping

from optlab.core import commands, study_events
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import Provenance
from optlab.core.report import Caveat
from optlab.core.scenario import Plan, Sample, Scenario
from optlab.core.study import StudyHead, StudyKind, StudyStatus
from optlab.core.trim_report import (
    AnswerPair,
    Change,
    CutReport,
    HeatReport,
    HeatRow,
    PieceFound,
    PieceState,
    Saving,
    TrimReport,
    Verification,
)
from optlab.core.verdict import Card, CardWord, Comparison, Interval, Quality
from optlab.cuts.pieces import pieces as cuttable
from optlab.cuts.pieces import without
from optlab.cuts.splitting import By as Fineness

RULES = "Be warm. Never promise refunds.\n\n- Answer in English.\n- Close with the ticket number.\n"
PROMPT = Prompt(
    (
        Segment("task", "system", "You answer customers of a support desk.", trimmable=False),
        Segment("history", "system", "The desk was founded in 1987 by two friends. They still answer on Sundays."),
        Segment("rules", "system", RULES),
        Segment("thanks", "system", "Please be so kind as to answer. Never promise refunds."),
        Segment("question", "user", "{question}", trimmable=False),
    )
)
SAMPLES = tuple(Sample(f"s{n}", {"question": f"Where is parcel number {n}?"}) for n in range(6))
SCENARIO = Scenario("Support desk", "claude-sonnet-4-6", 400, PROMPT, SAMPLES, plan=Plan(pairs=12))
HELD = Quality(
    "non-inferior", "checks", 12, 0.10, "a loss of 10 points is excluded", Interval(-0.06, 0.04), excluded_loss=0.06
)
WORSE = Quality("worse", "checks", 12, 0.10, "a loss is proven", Interval(-0.5, -0.2), excluded_loss=None)
PAIR = AnswerPair(
    "s3", "Your parcel is on its way; it arrives on Monday.", "The parcel [bold]is lost[/bold], we are sorry.", 0.62
)


def head(kind: StudyKind, status: StudyStatus = "finished", caveats: tuple[Caveat, ...] = ()) -> StudyHead:
    return StudyHead(
        study_id="20261122-231500-abcd",
        kind=kind,
        scenario="Support desk",
        source="desk.toml",
        provenance=Provenance.SIMULATED,
        sim_speed=20.0,
        server="127.0.0.1:33107",
        seed=0,
        catalogue_as_of="2026-11-01",
        started_at="2026-11-22T23:15:00+00:00",
        status=status,
        runs=("20261122-231500-abcd-1",),
        calls=26,
        cost_usd=0.0123,
        caveats=caveats,
    )


def card(quality: Quality) -> Card:
    cost = Comparison("trimmed", "cost_usd", "better", 0.2, Interval(0.1, 0.3), 12, 12, True)
    word = CardWord.ADOPT if quality.verdict == "non-inferior" else CardWord.ROLL_BACK
    return Card("trimmed", word, "cheaper and as good", cost, quality, (), 0.0123, 0.0001)


def cut_tested(quality: Quality | None = HELD) -> study_events.CutTested:
    change = Change("not proven", 0.31, 6, 2, 0.412, 0.398, 0.431, 0.0014, (PAIR,))
    saving = Saving(120, 90, 0.00009)
    found = card(quality) if quality else None
    return study_events.CutTested(head=head("cut"), report=CutReport(saving, change, quality, found))


def cut_tried(
    number: int, tried: tuple[str, ...], good: bool | None, **found: tuple[str, ...]
) -> study_events.CutTried:
    return study_events.CutTried(
        number=number,
        why="search",
        tried=tried,
        good=good,
        answers=20,
        losses=0.0 if good else 7.0,
        dead=found.get("dead", ()),
        needed=found.get("needed", ()),
        calls=20 * number,
        spent_usd=0.002 * number,
    )


def piece(name: str, tokens: int, state: PieceState) -> PieceFound:
    return PieceFound(name, "segment", tokens, state != "dead", state, "evidence", 2, 40)


def cuts_found(command: commands.FindCuts, *, verified: bool = True) -> study_events.CutsFound:
    of = command.prompt or PROMPT
    cut = ("history", "thanks") if command.by == "segment" else ("history#1", "history#2", "rules#1")
    names = [segment.name for segment in of.segments]
    pieces = tuple(
        piece(n, 12, "dead" if n in cut else "fixed" if n in ("task", "question") else "needed") for n in names
    )
    if command.by != "segment":
        pieces = (*(piece(n, 9, "dead") for n in cut), piece("rules#2", 9, "needed"))
    finer: Mapping[str, Fineness] = {} if command.by == "segment" else dict.fromkeys(("history", "rules"), "sentence")
    trimmed = without(of, [part for part in cuttable(of, finer) if part.name in cut])
    verification = Verification(cut, 0.033, card(HELD), 130.0, 92.0)
    report = TrimReport(
        goal=command.goal,
        by=command.by,
        prompt=trimmed,
        pieces=pieces,
        saving=Saving(130, 92, 0.0001),
        ended="searched",
        verified=verified,
        verifications=(verification,),
        change=None,
        search_items=60,
        held_out=60,
        tests=5,
        search_calls=200,
        margin=0.10,
    )
    return study_events.CutsFound(head=head("trim"), report=report)


def heat_row(name: str, tokens: int, points: float, low: float, high: float) -> HeatRow:
    per_point = None if points <= 0 else 0.003 * tokens / (100 * points)
    return HeatRow(name, "segment", tokens, tokens / 130, 0.003 * tokens, points, Interval(low, high), per_point)


HEAT = (
    heat_row("thanks", 14, -0.01, -0.06, 0.04),
    heat_row("history", 22, 0.02, -0.04, 0.08),
    heat_row("rules", 26, 0.41, 0.33, 0.49),
)


def heat_mapped() -> study_events.HeatMapped:
    return study_events.HeatMapped(head=head("heat"), report=HeatReport(HEAT, 12, 2, 10, 10, 0, 0.98, 0.31))


def stage(title: str, runs: int = 24) -> study_events.StageStarted:
    return study_events.StageStarted("20261122-231500-abcd-1", 1, title, ("baseline", "trimmed"), runs)
