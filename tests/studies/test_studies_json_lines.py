"""The one reader of files with a value a line: what it takes for a line, and how it complains."""

from pathlib import Path

import msgspec
import pytest

from optlab.core.errors import UsageError
from optlab.studies.json_lines import read_lines


def read(path: Path, label: str = "") -> list[tuple[int, str]]:
    decode = msgspec.json.Decoder(str).decode
    return read_lines(path, lambda line, n: (n, decode(line)), item="word", write="write words", label=label)


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "words.jsonl"
    path.write_bytes('\ufeff"a\u2028b"\r\n \n\n"c"'.encode())
    assert read(path) == [(1, "a\u2028b"), (4, "c")]


@pytest.mark.parametrize(
    ("line", "why"),
    [(b"7", "Expected str, got int"), (b'"', r"it is not JSON \(.+\)"), (b'"\xff"', "it is not UTF-8")],
    ids=["type", "json", "bytes"],
)
def test_a_broken_line_is_told_by_the_users_name(tmp_path: Path, line: bytes, why: str) -> None:
    path = tmp_path / "words.jsonl"
    path.write_bytes(b'"a"\n\n' + line)
    with pytest.raises(UsageError, match=rf"^mine, line 3: {why}; write words$"):
        read(path, "mine")
    with pytest.raises(UsageError, match=rf"^{path}, line 3: "):
        read(path)


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"\n \n")
    for name, says in (
        ("", r"cannot be read \(Is a directory\); give the path of a file$"),
        ("gone", r"cannot be read \(No such file or directory\); give the path of a file$"),
        ("a\0b", "no file can have such a name; give the path of a file$"),
        ("empty", "holds no word; write words$"),
    ):
        with pytest.raises(UsageError, match=f": {says}"):
            read(tmp_path / name)
