"""A chart as SVG: shapes for what is drawn, text for what is written, nothing from outside, nothing unescaped."""

import re
from xml.etree import ElementTree

import pytest

from charts_script import DAYS, finished
from optlab.render.charts import CHARTS, Chart
from optlab.render.charts.sheet import svg_of
from optlab.render.snapshot import Snapshot
from optlab.render.styled import Palette, Span
from optlab.render.svg import CELL, boxes, svg

COLOURS = Palette((150, 150, 150), (60, 60, 60), ((1, 2, 3), (4, 5, 6), (7, 8, 9)), ground=(250, 251, 252))
NS = "{http://www.w3.org/2000/svg}"


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_becomes_a_document_of_its_own(chart: Chart) -> None:
    import msgspec

    full: Snapshot = msgspec.structs.replace(finished(), days=DAYS)
    text = svg_of(chart, full, (80, 20), COLOURS)
    root = parsed(text)
    assert root.find(f"{NS}title").text == chart.title  # type: ignore[union-attr]
    assert "SIMULATED" in (root.find(f"{NS}desc").text or "")  # type: ignore[union-attr]
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(script|style|image|foreignObject|use|a)\b|url\(|href|@import|on\w+=", text)
    words = " ".join(element.text or "" for element in root.iter(f"{NS}text"))
    assert "SIMULATED" in words and chart.title in words
    assert not any(0x2800 <= ord(character) < 0x2900 for character in words)


def test_strangers_words_stay_words() -> None:
    hostile = '</text><script>alert("x")</script>&amp; \x1b]0;x\x07'.replace("\x1b", "␛").replace("\x07", "␇")
    root = parsed(svg(((Span(hostile, (1, 2, 3)),),), COLOURS, hostile, hostile))
    assert not list(root.iter(f"{NS}script"))
    assert root.find(f"{NS}title").text == hostile  # type: ignore[union-attr]
    assert [element.text for element in root.iter(f"{NS}text")] == [hostile]


def test_words_keep_their_columns() -> None:
    root = parsed(svg(((Span("  ab  "), Span("cd", (1, 2, 3))), (Span("━x"),)), COLOURS, "t", "a"))
    found = [(e.get("x"), e.get("y"), e.get("textLength"), e.get("fill"), e.text) for e in root.iter(f"{NS}text")]
    assert found[:2] == [("16", "12", "16", "#969696", "ab"), ("48", "12", "16", "#010203", "cd")]


def test_drawn_characters_are_shapes_of_exact_size() -> None:
    width, height = CELL
    assert boxes("⠁") == ((0, 0, width / 2, height / 4),)
    assert len(boxes("⣿")) == 8 and sum(w * h for _, _, w, h in boxes("⣿")) == width * height
    assert boxes("█") == ((0, 0, width, height),) and boxes("▂") == ((0, height - 4, width, 4),)
    assert boxes("▌") == ((0, 0, width / 2, height),)
    assert [len(boxes(character)) for character in "─│┼├┤┬"] == [2, 2, 4, 3, 3, 3]
    assert boxes("x") == () and boxes("●") == ()


def test_ground_and_colours_are_those_of_the_theme() -> None:
    text = svg(((Span("█░", (1, 2, 3)),),), COLOURS, "t", "a")
    assert 'fill="#fafbfc"' in text and 'fill="#010203" d=' in text and 'fill-opacity="0.25"' in text
