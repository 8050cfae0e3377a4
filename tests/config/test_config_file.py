"""The user's settings: none, good ones, and ones that are refused in a sentence."""

from pathlib import Path

import pytest

from optlab.config import Config, load
from optlab.core.errors import UsageError


def test_no_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml") == Config()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "nord"\nask_above_usd = 0.25\n[keys]\n"lab.race" = "x"\n')
    assert load(path) == Config("nord", {"lab.race": "x"}, 0.25)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"theme = 3", 'theme is the name of a theme in quotes, such as "optlab-light", not 3'),
        (b"colour = 'red'", "there is no key 'colour'; there are theme"),
        (b"theme = ", "not valid TOML .* mend it"),
        (b"\xff\xfe", "not UTF-8"),
        (b"ask_above_usd = -1", "ask_above_usd"),
        (b"ask_above_usd = '1'", "ask_above_usd is a number of dollars from 0, such as 0.25, not '1'"),
        (b"ask_above_usd = true", "ask_above_usd"),
        (b"keys = 1", "keys is a table"),
        (b"[keys]\nlab.race = 'g'", r"\[keys\] lab: name and key stand in quotes"),
        (b"ask_above_usd = inf", "ask_above_usd"),
        (b"ask_above_usd = nan", "ask_above_usd"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=said) as refused:
        load(path)
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path)
