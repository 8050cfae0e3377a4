"""Keys of config.toml that cannot be had are refused in one sentence; those that can are not."""

import re
from pathlib import Path

import pytest

from optlab.tui import main
from optlab.tui.keymap import problem

PAGE = Path(__file__).parents[2] / "docs" / "config.md"


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [
        ("lab.rce", "g", "nothing has that name (do you mean lab.race?)"),
        ("lab.race", "", "a key is missing"),
        ("lab.race", "g,,h", "a key is missing"),
        ("lab.race", "ctrl+foo", "ctrl+foo is no key"),
        ("lab.race", "foo", "foo is no key"),
        ("lab.race", "esc", "esc is no key (do you mean escape?)"),
        ("lab.race", "Ctrl+S", "that key is written ctrl+s"),
        ("lab.race", "ctrl+alt+g", "that key is written alt+ctrl+g"),
        ("lab.race", "shift+g", "that key is written G"),
        ("lab.race", "F9", "that key is written f9"),
        ("lab.race", "r", 'r is the key of "lab.benchmark" in the same place (Run the benchmark)'),
        ("lab.race", "q", 'q is the key of "app.quit" in the same place'),
        ("lab.race", "ctrl+l", 'the key of "file.open"'),
        ("trim.turn", "ctrl+z", 'the key of "trim.undo"'),
        ("frame.jump", "h", 'the key of "trim.ask-heat"'),
        ("lab.race", "]", 'the key of "lab.next-tab"'),
        ("lab.race", "tab", "the key tab cannot be given to anything else"),
        ("place.charts", "c", "could not be typed into a text"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_sentence(name: str, key: str, said: str) -> None:
    words = problem({name: key})
    assert words.startswith(f'[keys] "{name}" = "{key}": ') and said in words and "\n" not in words


@pytest.mark.parametrize(
    "keys",
    [
        {"lab.race": "g", "frame.maximise": "f11", "trim.undo": "u,ctrl+z"},
        {"lab.race": "r", "lab.benchmark": "s"},
        {"lab.race": "h"},  # of the Trim place, which is another one
        {"lab.race": "/"},
        {"history.filter": "question_mark,§,alt+left_square_bracket,ä"},
        {"app.quit-always": "f12"},
        {"place.charts": "f9"},
    ],
)
def test_what_can_be_had_is(keys: dict[str, str]) -> None:
    assert problem(keys) == ""


def test_every_key_of_the_page_may_be_written_down_as_it_is() -> None:
    rows = re.findall(r"^\| `([a-z-]+\.[a-z0-9-]+)` \| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 60 and problem(dict(rows)) == ""


def test_the_lab_does_not_start_on_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "optlab").mkdir()
    (tmp_path / "optlab" / "config.toml").write_text('[keys]\n"lab.rce" = "g"\n')
    monkeypatch.setattr("sys.argv", ["optlab-tui"])
    monkeypatch.setattr(main, "_terminal_problem", str)
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == 2
    assert str(tmp_path / "optlab" / "config.toml") in (said := capsys.readouterr().err) and "lab.rce" in said
