"""What the worker has found out about cuts, folded from what it tells. Pure: no widget, no clock."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from optlab.catalogue import Rates
from optlab.core.commands import By, CountTokens, FindCuts, MapHeat, RunBenchmark, Study, TestCut
from optlab.core.events import Event, Failed, PricesListed, TokensCounted
from optlab.core.experiment import LeverChoice
from optlab.core.plan_events import Planned
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.core.study_events import (
    CutsFound,
    CutTested,
    CutTried,
    HeatMapped,
    HeatProgress,
    StageStarted,
    StudyPlanned,
)
from optlab.core.trim_report import HeatRow
from optlab.core.verdict import Card
from optlab.render.trim_words import passport, search_basis
from optlab.tui.bridge import Heard
from optlab.tui.trim.known import Asked, asked_of
from optlab.tui.trim.weight import asked_model

Topic = Literal["search", "heat", "test"]
Setup = tuple[tuple[LeverChoice, ...], str | None]
"""How a prompt is asked: the levers that are pulled, and another model than the scenario's where there is one."""

NO_SETUP: Setup = ((), None)

TrimStudy = TestCut | FindCuts | MapHeat


class Heat(msgspec.Struct, frozen=True):
    """A heat map as it stands: its rows by name, in its own order, of pieces `asked`; `problem`: why there is none."""

    rows: dict[str, HeatRow] = {}
    asked: Asked = Asked()
    evaluated: int = 0
    planned: int = 0
    recalled: int = 0
    whole: bool = False
    problem: str = ""


class Search(msgspec.Struct, frozen=True):
    """A search as it stands: the questions it asked, and what it is trying now.

    It began with the prompt `of`; `by_hand` tells that something was cut from that before.
    """

    by: By
    asked: Asked = Asked()
    of: Prompt | None = None
    by_hand: bool = False
    setup: Setup = NO_SETUP
    tried: tuple[CutTried, ...] = ()
    trying: str = ""
    end: CutsFound | None = None

    @property
    def words(self) -> dict[str, str]:
        """What is known of pieces, by their names: `dead`, `stays`, and at the end what is `open` or `fixed`."""
        if self.end is not None:
            return {piece.name: _WORDS.get(piece.state, "") for piece in self.end.report.pieces}
        if not self.tried:
            return {}
        last = self.tried[-1]
        return dict.fromkeys(last.needed, "stays") | dict.fromkeys(last.dead, "dead")


_WORDS: Mapping[str, str] = {"dead": "dead", "needed": "stays", "untried": "open", "fixed": "fixed"}


class Findings(msgspec.Struct, frozen=True):
    """Everything known beyond the text. `under_way` is the study that runs; `forecast` what the next one would take.

    `newest` are the questions in the order in which their answers are shown, the last one asked first. `tested` is the
    last change test, of the prompt `tested_of` asked as `tested_under` says; `counted` the API's own count, of
    `counted_of`, and `counted_original` that of the prompt as its file says.
    """

    under_way: TrimStudy | None = None
    newest: tuple[Topic, ...] = ()
    forecast: Planned | None = None
    forecast_of: Study | RunBenchmark | None = None
    forecast_problem: str = ""
    tested: CutTested | None = None
    tested_of: Prompt | None = None
    tested_under: Setup = NO_SETUP
    search: Search | None = None
    heat: Heat = Heat()
    counted: int | None = None
    counted_of: Prompt | None = None
    counted_original: int | None = None
    own_prices: dict[str, Rates] = {}


def learn(findings: Findings, heard: Heard, original: Prompt) -> Findings:
    """The findings after one more event; `original` is the prompt that a command means which names none."""
    event, command = heard.event, heard.command
    change = msgspec.structs.replace
    match event:
        case PricesListed(rates=rates):
            return change(findings, own_prices=rates)
        case TokensCounted(tokens=tokens) if isinstance(command, CountTokens):
            if command.prompt is None:
                findings = change(findings, counted_original=tokens)
            return change(findings, counted=tokens, counted_of=command.prompt or original)
        case Planned(dry=True):
            return change(findings, forecast=event, forecast_of=_asked(command), forecast_problem="")
        case Failed() if isinstance(command, Study | RunBenchmark) and command.dry:
            return change(findings, forecast=None, forecast_of=command, forecast_problem=event.sentence)
        case Failed() if isinstance(command, CountTokens):
            return change(findings, counted=None, counted_of=command.prompt or original)
    if not isinstance(command, TrimStudy):
        return findings
    return _of_study(findings, event, command, command.prompt or original)


def _of_study(findings: Findings, event: Event, command: TrimStudy, of: Prompt) -> Findings:
    change = msgspec.structs.replace
    match event:
        case StudyPlanned():
            return _begun(findings, command, of)
        case Failed():
            return change(findings, under_way=None)
        case StageStarted(title=title) if findings.search is not None and isinstance(command, FindCuts):
            return change(findings, search=change(findings.search, trying=title))
        case CutTried() if findings.search is not None:
            search = change(findings.search, tried=(*findings.search.tried, event), trying="")
            return change(findings, search=search)
        case CutsFound() if findings.search is not None:
            return change(findings, under_way=None, search=change(findings.search, end=event, trying=""))
        case CutTested() if isinstance(command, TestCut):
            return change(
                findings, under_way=None, tested=event, tested_of=command.trimmed, tested_under=setup_of(command)
            )
        case HeatProgress() if isinstance(command, MapHeat):
            so_far = _heat(event.rows) if event.rows else findings.heat.rows
            heat = Heat(so_far, asked_of(of, command.by), event.evaluated, event.planned, event.recalled)
            return change(findings, heat=heat)
        case HeatMapped(report=report, head=head) if isinstance(command, MapHeat):
            if report is None:
                problem = " ".join(f"{caveat.sentence}." for caveat in head.caveats)
                return change(findings, under_way=None, heat=change(findings.heat, problem=problem))
            asked = asked_of(of, command.by)
            heat = Heat(_heat(report.rows), asked, report.evaluated, report.planned, report.recalled, whole=True)
            return change(findings, under_way=None, heat=heat)
    return findings


def _begun(findings: Findings, command: TrimStudy, of: Prompt) -> Findings:
    change = msgspec.structs.replace
    topic: Topic = "test" if isinstance(command, TestCut) else "search" if isinstance(command, FindCuts) else "heat"
    newest = (topic, *(other for other in findings.newest if other != topic))
    findings = change(findings, under_way=command, newest=newest)
    if isinstance(command, FindCuts):
        search = Search(command.by, asked_of(of, command.by), of, command.whole is not None, setup_of(command))
        return change(findings, search=search)
    return change(findings, heat=Heat()) if isinstance(command, MapHeat) else findings


def _heat(rows: tuple[HeatRow, ...]) -> dict[str, HeatRow]:
    return {row.name: row for row in rows}


def _asked(command: object) -> Study | RunBenchmark | None:
    return command if isinstance(command, Study | RunBenchmark) else None


def setup_of(command: TrimStudy) -> Setup:
    """How a study asks."""
    return command.levers, command.model


def stands(findings: Findings, prompt: Prompt, setup: Setup) -> bool:
    """Whether the last change test was of this very prompt, asked in this very way."""
    return findings.tested_of == prompt and findings.tested_under == setup


def passport_of(findings: Findings, prompt: Prompt, setup: Setup, scenario: Scenario) -> tuple[str, ...]:
    """What a file with exactly this prompt says on top: the study that was about it, or that none was."""
    card, search, tested = card_of(findings, prompt, setup), findings.search, findings.tested
    levers, other = setup
    asked = scenario if other is None else msgspec.structs.replace(scenario, model=other)
    model = asked_model(asked, levers)
    end = search.end if search is not None else None
    if card is not None and end is not None and end.report.prompt == prompt and end.report.card_of_prompt == card:
        return passport(model, end.head, card, search_basis(end.report), verified=end.report.verified)
    if card is not None and tested is not None:
        held = card.quality.verdict in ("better", "non-inferior")
        return passport(model, tested.head, card, f"tested on {card.quality.items} samples", verified=held)
    return passport(model, None, None, "", verified=False)


def card_of(findings: Findings, prompt: Prompt, setup: Setup) -> Card | None:
    """The verdict card of a search or a change test about exactly this prompt, asked so; None where none is."""
    search = findings.search
    end = search.end if search is not None and search.setup == setup else None
    if end is not None and end.report.card_of_prompt is not None and end.report.prompt == prompt:
        return end.report.card_of_prompt
    tested = findings.tested
    return tested.report.card if tested is not None and tested.report and stands(findings, prompt, setup) else None
