"""What is known of the history: pages of the list as the worker told them, and the entry that was opened. Pure."""

import msgspec

from optlab.core.commands import ListHistory, RecallSetup, ShowRun
from optlab.core.events import Event, Failed, HistoryListed, SetupRecalled
from optlab.core.report import KeptRun, Report
from optlab.core.run_events import ExperimentFinished
from optlab.core.study import KeptStudy
from optlab.core.study_events import StudyEnd
from optlab.tui.bridge import Heard

Entry = KeptRun | KeptStudy

PAGE = 200
"""Entries of one page: some screens full, some milliseconds of reading."""
HELD = 20
"""Pages that are kept at most."""
RUNS_OF_A_STUDY = 1_000


class Filter(msgspec.Struct, frozen=True):
    """Which part of the history is meant: one scenario, by its name, and what holds every word."""

    scenario: str | None = None
    words: str = ""

    def page(self, number: int, *, counted: bool = False) -> ListHistory:
        """The question for one page, and with `counted` for how many entries there are."""
        return ListHistory(PAGE, offset=number * PAGE, scenario=self.scenario, words=self.words, counted=counted)


class Opened(msgspec.Struct, frozen=True):
    """One entry in full: the report of a run or the end of a study, or one sentence why there is none."""

    id: str
    found: Report | StudyEnd | None = None
    problem: str = ""


class Recalled(msgspec.Struct, frozen=True):
    """What an entry was made of, or one sentence why that is not known."""

    id: str
    setup: SetupRecalled | None = None
    problem: str = ""


class Book(msgspec.Struct, frozen=True):
    """The list as far as it was read. `filter` is what its pages are of; None: nothing was read yet.

    `fresh` are the pages that are as they were at the last count; the others may have changed since. `runs` are those
    of studies that were unfolded. `answers` counts what was heard: an answer that says what was known is one too.
    """

    filter: Filter | None = None
    total: int = 0
    pages: dict[int, tuple[Entry, ...]] = {}
    fresh: frozenset[int] = frozenset()
    runs: dict[str, tuple[KeptRun, ...]] = {}
    problem: str = ""
    opened: Opened | None = None
    recalled: Recalled | None = None
    answers: int = 0

    def entry(self, number: int) -> Entry | None:
        """An entry by its number in the list; None where its page was not read."""
        page = self.pages.get(number // PAGE, ())
        return page[number % PAGE] if number % PAGE < len(page) else None

    def missing(self, first: int, last: int) -> int | None:
        """The page to read next for what is seen from one number to another: what is seen, then what is beside it."""
        pages = range(first // PAGE, last // PAGE + 1)
        wanted = (*pages, pages[-1] + 1, pages[0] - 1)
        there = range((self.total + PAGE - 1) // PAGE)
        return next((page for page in wanted if page in there and page not in self.fresh), None)


def is_about(command: object) -> bool:
    """Whether the answer to a command belongs in the book, whatever kind of event it is."""
    return isinstance(command, ListHistory | ShowRun | RecallSetup)


def learn(book: Book, heard: Heard) -> Book:
    """The book after one more event."""
    return msgspec.structs.replace(_with(book, heard.event, heard.command), answers=book.answers + 1)


def _with(book: Book, event: Event, command: object) -> Book:
    change = msgspec.structs.replace
    match event:
        case HistoryListed() if isinstance(command, ListHistory):
            return _listed(book, command, event)
        case Failed(sentence=sentence) if isinstance(command, ListHistory):
            return change(book, problem=sentence)
        case ExperimentFinished(report=report) if isinstance(command, ShowRun):
            return change(book, opened=Opened(command.run, report))
        case StudyEnd() if isinstance(command, ShowRun):
            return change(book, opened=Opened(command.run, event))
        case Failed(sentence=sentence) if isinstance(command, ShowRun):
            return change(book, opened=Opened(command.run, problem=sentence))
        case SetupRecalled() if isinstance(command, RecallSetup):
            return change(book, recalled=Recalled(command.run, event))
        case Failed(sentence=sentence) if isinstance(command, RecallSetup):
            return change(book, recalled=Recalled(command.run, problem=sentence))
    return book


def _listed(book: Book, command: ListHistory, event: HistoryListed) -> Book:
    change = msgspec.structs.replace
    if command.study is not None:
        runs = tuple(run for run in event.runs if isinstance(run, KeptRun))
        return change(book, runs={**book.runs, command.study: runs})
    number, of = command.offset // PAGE, Filter(command.scenario, command.words)
    page = {number: event.runs}
    if event.total is not None:
        same = of == book.filter and event.total == book.total
        pages = {**book.pages, **page} if same else page
        return change(book, filter=of, total=event.total, pages=pages, fresh=frozenset(page), problem="")
    if of != book.filter:
        return book  # an answer to what is asked no more
    near = sorted({**book.pages, **page}, key=lambda one: abs(one - number))[:HELD]
    pages = {one: page.get(one, book.pages.get(one, ())) for one in near}
    return change(book, pages=pages, fresh=(book.fresh | {number}) & frozenset(near), problem="")
