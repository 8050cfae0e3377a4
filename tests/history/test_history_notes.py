"""Notes of long studies: kept at once, private, and readable again whatever the last line looks like."""

import stat
from pathlib import Path

import pytest

from optlab.core.errors import StorageError
from optlab.history import Notes


def test_notes_come_back_in_their_order_and_apart_by_question(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    notes.add("a", [[0, 1], "s1", 0.5])
    notes.add("b", "other")
    notes.add("a", [[0, 1], "s2", 1.0])
    assert Notes(tmp_path / "notes").read("a") == [[[0, 1], "s1", 0.5], [[0, 1], "s2", 1.0]]
    assert stat.S_IMODE((tmp_path / "notes" / "a.jsonl").stat().st_mode) == 0o600
    notes.forget("a")
    assert (notes.read("a"), notes.read("b")) == ([], ["other"])


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    notes.add("a", 1)
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(b'[[0, 1], "s')
    assert notes.read("a") == [1]
    notes.add("a", 2)
    notes.add("a", 3)
    assert notes.read("a") == [1, 2, 3], "the next note begins a line of its own"


def test_a_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    notes = Notes(tmp_path / "file")
    with pytest.raises(StorageError, match=r"the notes in .* cannot be used"):
        notes.add("a", 1)
    with pytest.raises(StorageError, match=r"the notes in .* cannot be used"):
        notes.read("a")
