"""The History place as values: pages into a book, a book into rows, rows into words of a width; a setup put back."""

import msgspec
import pytest
from lab_script import recorded_report, scenario
from past_script import DAYS, run, study
from rich.cells import cell_len
from trim_script import cut_tested

from optlab.core import commands, events, run_events
from optlab.core.commands import Connection, ListHistory, MapHeat, RecallSetup, ShowRun
from optlab.core.experiment import LeverChoice
from optlab.core.prompt import Prompt, Segment
from optlab.core.report import KeptRun
from optlab.tui.bridge import Heard
from optlab.tui.desk import Desk, Settings
from optlab.tui.past.back import CHANGED, fits, going_on, note_of, put_back
from optlab.tui.past.book import HELD, PAGE, Book, Filter, is_about, learn
from optlab.tui.past.page_view import lines_of
from optlab.tui.past.paint import columns_of, details, heading, painted
from optlab.tui.past.shelf import Row, Shelf
from optlab.tui.scene import Scene, asked, hear

PAGES = tuple(tuple(run(PAGE * page + n) for n in range(PAGE)) for page in range(3))

ALL = Filter()


def told(book: Book, command: commands.Command, event: events.Event) -> Book:
    return learn(book, Heard(event, command, 0.0))


def listed(book: Book, page: int, total: int | None = None, of: Filter = ALL) -> Book:
    return told(book, of.page(page, counted=total is not None), events.HistoryListed(PAGES[page], total))


def test_a_count_begins_the_list_and_further_pages_join_it() -> None:
    book = listed(listed(Book(), 0, total=500), 1)
    assert (book.total, book.fresh, book.entry(0), book.entry(PAGE)) == (500, {0, 1}, PAGES[0][0], PAGES[1][0])
    assert book.entry(2 * PAGE) is None
    assert [book.missing(*seen) for seen in ((0, 30), (150, 250), (420, 450))] == [None, 2, 2]
    again = listed(book, 1, total=500)
    assert again.entry(0) is PAGES[0][0] and again.missing(PAGE, PAGE + 9) == 2 and again.missing(0, 9) == 0
    assert listed(book, 1, total=501).entry(0) is None, "all has moved by one"


def test_a_list_of_another_filter_takes_its_place_only_with_its_count() -> None:
    book = listed(Book(), 0, total=500)
    of = Filter("Hamlet", "adopt")
    assert listed(book, 1, of=of).pages == book.pages
    narrowed = listed(book, 0, total=3, of=of)
    assert (narrowed.filter, narrowed.total) == (of, 3)
    assert of.page(2, counted=True) == ListHistory(PAGE, False, 2 * PAGE, "Hamlet", "adopt", None, True)


def test_only_so_many_pages_are_held_the_nearest() -> None:
    book = Book(Filter(), 100 * PAGE)
    for page in range(40):
        book = told(book, Filter().page(page), events.HistoryListed(PAGES[0]))
    assert len(book.pages) == HELD and min(book.pages) == 40 - HELD and book.fresh == set(book.pages)


def test_a_list_that_cannot_be_read_says_so_until_it_can() -> None:
    book = told(listed(Book(), 0, total=9), Filter().page(0), events.Failed("storage", "It cannot be used."))
    assert book.problem == "It cannot be used." and book.entry(0) is not None
    assert listed(book, 0, total=9).problem == ""


def test_an_entry_in_full_is_no_end_of_what_runs() -> None:
    """`ShowRun` is answered with the very events that end a run."""
    scene = Scene(Desk("hamlet").loaded(scenario()))
    scene = asked(scene, scene.desk, "benchmark")
    done = run_events.ExperimentFinished(recorded_report())
    for event in (done, cut_tested(), events.Failed("usage", "It ended without a report.")):
        after = hear(scene, Heard(event, ShowRun("x"), 0.0))
        assert (after.running, after.stage, after.results, after.trouble) == (True, scene.stage, scene.results, "")
        assert after.past.opened is not None and after.past.opened.id == "x" and after != scene
    assert not hear(scene, Heard(done, scene.desk.benchmark(), 0.0)).running
    assert is_about(RecallSetup("x")) and not is_about(scene.desk.benchmark())


def test_the_same_answer_twice_is_news() -> None:
    """What waits for an answer must hear of it."""
    book = listed(Book(), 0, total=200)
    assert listed(book, 0, total=200) != book


def test_runs_stand_below_their_study_and_nothing_else_moves() -> None:
    entries = (run(0), study(1), run(2), study(3), run(4))
    inside = tuple(run(10 + n, id=f"in-{n}", study=entries[1].id) for n in range(2))
    book = Book(Filter(), 5, {0: entries}, frozenset({0}), {entries[1].id: inside, entries[3].id: inside[:1]})
    shut = Shelf(book)
    assert [shut.row(at).entry for at in range(len(shut))] == list(entries)
    shelf = Shelf(book, frozenset({entries[1].id, entries[3].id, "not read"}))
    rows = [shelf.row(at) for at in range(len(shelf))]
    assert [row.entry for row in rows] == [*entries[:2], *inside, *entries[2:4], inside[0], entries[4]]
    assert [row.number for row in rows] == [0, 1, 1, 1, 2, 3, 3, 4]
    assert [row.inside for row in rows] == [False, False, True, True, False, False, True, False]
    assert [row.open for row in rows] == [False, True, False, False, False, True, False, False]
    assert [shelf.find(entry.id) for entry in entries] == [0, 1, 4, 5, 7]
    assert (shelf.find("in-1"), shelf.find("nobody")) == (3, None)


def test_what_is_not_read_is_a_row_all_the_same() -> None:
    shelf = Shelf(Book(Filter(), 1_000_000, {0: DAYS}))
    assert len(shelf) == 1_000_000 and shelf.row(999_999) == Row(999_999, None)
    assert painted(shelf.row(999_999), columns_of(80)) == [("  …", "dim")]


@pytest.mark.parametrize("width", [77, 110, 117, 157, 217])
def test_every_row_is_as_wide_as_its_heading_and_never_hides_where_figures_are_from(width: int) -> None:
    columns = columns_of(width)
    for entry in DAYS:
        for inside in (False, True):
            row = "".join(words for words, _ in painted(Row(0, entry, inside), columns))
            assert cell_len(row) == cell_len(heading(columns)) <= width
            assert f" {entry.provenance.value.upper()} " in row and "\x1b" not in row and "…ULATED" not in row


def test_a_row_in_words() -> None:
    def words(entry: object, width: int) -> str:
        assert isinstance(entry, type(DAYS[0]) | type(DAYS[1]))
        return " ".join("".join(part for part, _ in painted(Row(0, entry), columns_of(width))).split())

    assert words(DAYS[1], 217) == (
        "▸ 2026-11-22 23:58 Support desk trim what can go: third, by segment "
        "2,100 → 1,420 tokens, ADOPT 3 $0.00451 SIMULATED done"
    )
    assert words(DAYS[1], 77).endswith("trim ADOPT $0.00451 SIMULATED done")
    assert "ROLL BACK, NOISE" in words(DAYS[5], 217) and words(DAYS[5], 217).endswith("at the cap")
    assert words(DAYS[3], 77) == "11-22 23:56 Hamlet i… streami… NOT YET KNOWN $0.4312 MEASURED done"
    assert words(DAYS[6], 217).endswith("failed") and "Rules [/nope] ␛[31mof" in details(DAYS[6])
    assert "SIMULATED at speed 20 · seed 7 · from hamlet" in details(DAYS[0])


@pytest.mark.parametrize(("usd", "cell", "whole"), [(0.01853, "≤$0.0186", "≤$0.01853"), (0.25, "≤$0.25", "≤$0.25")])
def test_the_cost_of_a_cancelled_race_is_a_bound(usd: float, cell: str, whole: str) -> None:
    assert isinstance(DAYS[0], KeptRun)
    race = msgspec.structs.replace(DAYS[0], kind="race", status="cancelled", cost_usd=usd)
    row = "".join(part for part, _ in painted(Row(0, race), columns_of(77)))
    assert f" {cell} " in row and f"{whole}: a call that was let go of has no bill" in details(race)
    finished = msgspec.structs.replace(race, status="finished")
    assert "≤" not in "".join(part for part, _ in painted(Row(0, finished), columns_of(77))) + details(finished)


def test_a_page_is_what_the_command_line_prints_and_nothing_that_a_terminal_obeys() -> None:
    text = "\n".join(line.plain for line in lines_of(recorded_report(), 100))
    assert "NOT YET KNOWN" in text and "first visible, p50" in text and "SIMULATED" in text
    assert all(cell_len(line.plain) <= 60 for line in lines_of(recorded_report(), 60))
    hostile = lines_of("one\x1b]0;PWNED\x07 \x1b[31mred\x9b2J\ntwo", 80)
    assert [line.plain for line in hostile] == ["one␛]0;PWNED␇ ␛[31mred\ufffd2J", "two"]
    assert "About 120 tokens become 90" in "\n".join(line.plain for line in lines_of(cut_tested(), 80))


def recalled(**more: object) -> events.SetupRecalled:
    kept = scenario()
    prompt = Prompt((Segment("question", "user", "Another question."),))
    levers = (LeverChoice("max_tokens", {"cap": 77}),)
    known = events.SetupRecalled("r1", msgspec.structs.replace(kept, source="hamlet"), prompt, levers)
    return msgspec.structs.replace(known, **more)


def test_a_setup_comes_back_with_its_prompt_and_its_levers_alone() -> None:
    of = msgspec.structs.replace(scenario(), source="hamlet")
    desk = Desk("hamlet", settings=Settings(pairs="30")).loaded(of)
    desk = desk.with_lever(msgspec.structs.replace(desk.lever("streaming"), on=True))
    after = put_back(desk, recalled())
    assert after.scenario is of and after.settings.pairs == "30", "the scenario stays as it is"
    assert after.prompt.segments[0].text == "Another question."
    assert [(lever.name, lever.params) for lever in after.pulled] == [("max_tokens", {"cap": "77"})]
    assert "r1 are on the desk" in note_of(recalled()) and CHANGED not in note_of(recalled())
    assert note_of(recalled(changed=True)).endswith(CHANGED)
    asked_otherwise = put_back(desk, recalled(model="claude-haiku-4-5"))
    assert asked_otherwise.model == "claude-haiku-4-5" == asked_otherwise.benchmark().model
    back = put_back(asked_otherwise, recalled())
    assert (back.model, back.scenario) == (None, of), "the file's own model again"
    assert fits(desk, recalled()) and not fits(Desk("hamlet"), recalled())
    assert not fits(desk, recalled(prompt=Prompt((Segment("question", "system", "Hi."),))))


def test_a_stopped_heat_map_goes_on_with_its_seed_and_the_desk_s_own_consent() -> None:
    of = msgspec.structs.replace(scenario(), source="hamlet")
    desk = Desk("hamlet", settings=Settings(speed="20"), connection=Connection("sim")).loaded(of)
    kept = MapHeat("hamlet", by="auto", again=True, yes=True, connection=Connection("api", 1.0, 42))
    command = going_on(desk, recalled(again=kept))
    assert command == MapHeat("hamlet", by="auto", connection=Connection("sim", 20.0, 42))
    assert "only a heat map" in str(going_on(desk, recalled()))
    elsewhere = recalled(again=kept, scenario=msgspec.structs.replace(of, source="mine.toml"))
    assert "b puts that on the desk" in str(going_on(desk, elsewhere))


def test_runs_of_a_study_are_remembered_beside_the_list() -> None:
    book = told(listed(Book(), 0, total=9), ListHistory(study="s"), events.HistoryListed((run(1), study(2))))
    assert [kept.id for kept in book.runs["s"]] == [run(1).id] and isinstance(book.runs["s"][0], KeptRun)
    assert book.total == 9 and book.entry(0) is PAGES[0][0]
