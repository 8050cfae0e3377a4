"""What is kept of unsaved edits, and how: every text survives, every damage is survived, labs do not meet."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lab_script import desk_scenario

from optlab.core.prompt import Prompt, Segment
from optlab.engine import scenarios
from optlab.tui.desk import Desk, Settings
from optlab.tui.files.atomic import replace_file
from optlab.tui.files.autosave import Autosave
from optlab.tui.files.kept import decode, differences, edited, encode, kept_of, restored, worth_asking
from optlab.tui.files.recent import FILE, MOST, recent, remember
from optlab.tui.files.saving import files_to_write
from optlab.tui.files.unsaved import identity, left_behind, take_slot

TEXTS = st.text(st.characters(), max_size=40)


def desk() -> Desk:
    return Desk("desk.toml").loaded(desk_scenario())


def with_texts(desk: Desk, *texts: str) -> Desk:
    changed = (msgspec.structs.replace(s, text=t) for s, t in zip(desk.prompt.segments, texts, strict=True))
    return msgspec.structs.replace(desk, prompt=Prompt(tuple(changed)))


def pulled(desk: Desk, name: str, **params: str) -> Desk:
    setting = desk.lever(name)
    return desk.with_lever(msgspec.structs.replace(setting, on=True, params={**setting.params, **params}))


@example(("half \ud800", "", "\x00\u2028\r\n"), frozenset())
@given(st.tuples(TEXTS, TEXTS, TEXTS), st.frozensets(st.sampled_from(["rules", "examples", "question"])))
def test_whatever_is_typed_comes_back(texts: tuple[str, str, str], off: frozenset[str]) -> None:
    """Half surrogate pairs too, which no file of UTF-8 could hold."""
    then = with_texts(desk(), *texts)
    for name in off:
        then = msgspec.structs.replace(then, prompt=then.prompt.switched(name, False))
    then = pulled(msgspec.structs.replace(then, settings=Settings("24", "0.1", "6")), "caching", ttl="1h")
    then = then.with_model("claude-opus-4-8")
    kept = decode(encode(kept_of(then, 5.0)))
    assert kept is not None and kept.at == 5.0
    assert restored(desk(), kept) == then


@settings(max_examples=40)
@given(st.tuples(*[st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)] * 2))
def test_whatever_is_typed_is_saved_and_loads(tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str]) -> None:
    folder = tmp_path_factory.mktemp("saved")
    then = pulled(with_texts(desk(), *texts, "{question} in {language}; {other}!"), "max_tokens", cap="77")
    for path, data in files_to_write(then, folder / "mine.toml").items():
        replace_file(path, data)
    found = scenarios.load(str(folder / "mine.toml"))
    assert found.prompt == then.prompt
    assert found.lever_params["max_tokens"]["cap"] == 77 and "caching" not in found.lever_params


def test_what_restoring_changes_is_told() -> None:
    then = pulled(with_texts(desk(), "Short.", "None.", desk().prompt.segments[2].text), "streaming")
    then = msgspec.structs.replace(
        then, prompt=then.prompt.switched("question", False), settings=Settings("24", "", "1")
    )
    assert differences(desk(), kept_of(then.with_model("claude-opus-4-8"), 0.0)) == (
        "the text of “rules”, “examples”",
        "“question” switched off",
        "Streaming pulled",
        "the model claude-opus-4-8",
        "pairs 24",
    )
    assert differences(then, kept_of(pulled(desk(), "caching", ttl="1h"), 0.0))[2:] == (
        "Prompt caching pulled",
        "Streaming let go",
        "parameters of levers",
        "pairs 12",
    )


def test_what_the_file_has_no_more_is_told_and_the_rest_comes_back() -> None:
    gone = Segment("old rules", "system", "Be brief.")
    then = with_texts(desk(), "New.", "B", "C")
    kept = kept_of(msgspec.structs.replace(then, prompt=Prompt((gone, *then.prompt.segments))), 0.0)
    assert restored(desk(), kept).prompt == then.prompt
    assert "not “old rules”, which the file has no more" in differences(desk(), kept)


def test_nothing_edited_is_nothing_to_keep() -> None:
    assert not edited(desk(), desk())
    then = pulled(desk(), "streaming")
    assert edited(then, desk()) and not worth_asking(then, desk())
    assert worth_asking(pulled(desk(), "max_tokens", cap="7"), desk())
    assert worth_asking(with_texts(desk(), "a", "b", "c"), desk())


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 2}', encode(kept_of(desk(), 1.0))[:-9]],
)
def test_damage_is_survived(tmp_path: Path, data: bytes) -> None:
    """An autosave that cannot be read is left where it is; a list of recent files that cannot is an empty one."""
    slot = take_slot(tmp_path, "a")
    slot.write(kept_of(desk(), 1.0))
    slot.release()
    slot.path.write_bytes(data)
    assert decode(data) is None and left_behind(tmp_path, "a") == []
    assert slot.path.read_bytes() == data
    (tmp_path / FILE).write_bytes(data)
    assert recent(tmp_path) == ()


def test_what_a_living_lab_keeps_is_offered_to_nobody(tmp_path: Path) -> None:
    one, other = take_slot(tmp_path, "a"), take_slot(tmp_path, "a")
    one.write(kept_of(desk(), 1.0))
    other.write(kept_of(desk(), 2.0))
    assert left_behind(tmp_path, "a") == []
    one.release()
    ((slot, kept),) = left_behind(tmp_path, "a")
    assert (slot.path, kept.at) == (one.path, 1.0)
    assert left_behind(tmp_path, "a") == []  # whoever is asked about it holds it
    slot.release()
    other.release()
    assert [kept.at for _, kept in left_behind(tmp_path, "a")] == [2.0, 1.0]
    assert left_behind(tmp_path, "b") == []


def test_nobody_else_may_read_it_and_nothing_stays_of_what_is_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "optlab" / "unsaved"
    slot = take_slot(folder, "a")
    slot.write(kept_of(desk(), 1.0))
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    slot.drop()
    assert list(folder.iterdir()) == []


def test_one_file_has_one_identity_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text("")
    (tmp_path / "b.toml").symlink_to("a.toml")
    assert identity("a.toml") == identity(str(tmp_path / "a.toml")) == identity("./b.toml")
    assert identity("hamlet") != identity("essay") and identity("a\0b")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    replace_file(path, b"first")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"second")
    assert path.read_bytes() == b"first" and [p.name for p in tmp_path.iterdir()] == ["a"]


def test_edits_are_written_dropped_and_left_in_the_order_in_which_that_was_asked(tmp_path: Path) -> None:
    said: list[str] = []
    keeping = Autosave(tmp_path, said.append)
    for at in range(20):
        keeping.keep(kept_of(desk(), float(at)))
        if at == 9:
            keeping.drop()
    keeping.close()
    assert [kept.at for _, kept in left_behind(tmp_path, "desk.toml")] == [19.0]
    assert said == []


def test_where_nothing_can_be_kept_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    keeping = Autosave(tmp_path / "file" / "unsaved", said.append)
    keeping.keep(kept_of(desk(), 1.0))
    keeping.close()
    assert len(said) == 1 and said[0].startswith("Unsaved edits cannot be kept in ")


def test_recent_files_are_few_and_there(tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.toml" for n in range(MOST + 3)]
    for path in files:
        path.write_text("")
        remember(tmp_path, str(path))
    remember(tmp_path, str(files[5]))
    remember(tmp_path, "hamlet")
    files[7].unlink()
    wanted = [files[5], *(path for path in reversed(files) if path not in (files[5], files[7]))]
    assert recent(tmp_path) == tuple(map(str, wanted))[: len(recent(tmp_path))]
    assert len(recent(tmp_path)) == MOST - 1
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).write_text(json.dumps({"files": [7, "x\0", str(files[1]), "relative.toml"]}))
    assert recent(tmp_path) == (str(files[1]),)
