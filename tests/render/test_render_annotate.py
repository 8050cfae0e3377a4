"""What is written over a plot: at its place, never over what is drawn, and as plain cells."""

from optlab.render.annotate import Bracket, Label, annotate
from optlab.render.canvas import Canvas, cells
from optlab.render.plot import Axis, Series, plot, thinned
from optlab.render.styled import Palette, Span, plain

COLOURS = Palette((150, 150, 150), (60, 60, 60), ((1, 2, 3), (4, 5, 6)))
X = Axis(0.0, 10.0, ((0.0, "0"), (10.0, "10")))
Y = Axis(0.0, 10.0, ((0.0, "0"), (10.0, "10")))
SIZE = (23, 13)
RED = (9, 9, 9)


def picture(*series: Series, labels: tuple[Label, ...] = (), brackets: tuple[Bracket, ...] = ()) -> list[str]:
    lines = annotate(plot(series, X, Y, SIZE, COLOURS), SIZE, X, Y, labels, brackets)
    assert [sum(len(span.text) for span in line) for line in lines] == [SIZE[0]] * SIZE[1]
    return plain(lines).split("\n")


def test_a_mark_of_plotext_and_a_label_agree_on_where_a_point_is() -> None:
    for at in (0.0, 1.3, 2.4, 5.0, 7.6, 9.9, 10.0):
        point = Series(((at, at),), RED, joined=False, marker="●")
        bracket = Bracket(at, at, None, at, RED, "x")
        drawn, written = picture(point), picture(brackets=(bracket,))
        (row,) = (number for number, text in enumerate(drawn) if "●" in text)
        assert written[row][drawn[row].index("●")] == "┼"


def test_a_label_stands_beside_its_point_and_gives_way() -> None:
    point = Series(((5.0, 5.0),), RED, joined=False, marker="●")
    found = picture(point, labels=(Label(5.0, 5.0, "here", RED),))
    assert any("● here" in row for row in found)
    wall = Series(((6.0, 5.0), (10.0, 5.0)), RED, marker="─")
    found = picture(point, wall, labels=(Label(5.0, 5.0, "here", RED),))
    assert any("here ●" in row for row in found)


def test_where_there_is_no_room_the_short_words_stand_or_none() -> None:
    label = Label(5.0, 5.0, "far too many words for this", RED, short="few")
    assert any("few" in row for row in picture(labels=(label,)))
    assert not any("far" in row for row in picture(labels=(Label(5.0, 5.0, "far too many words for this", RED),)))


def test_a_bracket_has_arrows_where_it_is_open_and_none_where_nothing_is_known() -> None:
    found = picture(brackets=(Bracket(None, 5.0, 2.0, 5.0, RED, "●"),))
    (row,) = (text for text in found if "┤" in text)
    assert row[row.index("◂") - 1] in "│┼" and "●" in row
    assert picture(brackets=(Bracket(None, None, 2.0, 5.0, RED, "●"),)) == picture()


def test_characters_of_two_cells_and_of_none_become_one() -> None:
    assert cells("漢字 e\u0301\x1b]0;x\x07") == "·· e·␛]0;x␇"


def test_a_canvas_writes_nothing_outside() -> None:
    canvas = Canvas(4, 2)
    canvas.put(-1, 0, "no")
    canvas.put(5, 0, "no")
    canvas.put(0, -2, "abcdefgh", RED)
    assert canvas.lines() == ((Span("cdef", RED),), (Span("    "),))
    assert not canvas.free(0, 0, 2) and canvas.free(1, 0, 4) and not canvas.free(1, 2, 4)


def test_many_points_are_thinned_to_the_ends_of_each_column() -> None:
    points = tuple((float(at), float(at % 7)) for at in range(10_000))
    kept = thinned(points, 50)
    assert len(kept) <= 3 * 51 and kept[-1] == points[-1] and set(kept) <= set(points)
    assert {y for _, y in kept} >= {0.0, 6.0}
    few = ((0.0, 1.0), (2.0, 0.0))
    box = tuple((float(at % 3), 0.0) for at in range(900))
    assert thinned(few, 50) == few and thinned(box, 10) == box  # not from left to right: left alone
