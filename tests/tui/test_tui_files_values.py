"""Names as they are typed, files as they change, what saving writes: plain functions."""

import os
from pathlib import Path

import msgspec
import pytest
from lab_script import desk_scenario

from optlab.core.errors import UsageError
from optlab.core.prompt import Prompt
from optlab.core.scenario import ScenarioHead
from optlab.engine import scenarios
from optlab.tui.desk import Desk
from optlab.tui.files.disk import look, look_again, named_files
from optlab.tui.files.names import choices, completed, opened_as, own_file, suggested
from optlab.tui.files.saving import WouldOverwrite, losses, save, unsaved
from optlab.tui.files.words import ago

TOML = """# The desk as we had it in May.
name = "Desk"
model = "claude-sonnet-4-6"
max_tokens = 50

[[segment]]
name = "rules"
where = "system"
file = "rules.md"

[[segment]]
name = "question"
where = "user"
text = "{question}"

[samples]
file = "s/samples.jsonl"

[lever.max_tokens]
cap = 20
"""
HEADS = tuple(ScenarioHead(n, a, "m", 1, {}) for n, a in (("hamlet", "A short prompt"), ("essay", "Six paragraphs")))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "s").mkdir()
    (tmp_path / "desk.toml").write_text(TOML)
    (tmp_path / "rules.md").write_text("# Rules\nBe brief.")
    rows = "".join(f'{{"id": "q{n}", "question": "{n}?"}}\n' for n in range(20))
    (tmp_path / "s" / "samples.jsonl").write_text(rows)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def desk(source: str = "desk.toml") -> Desk:
    return Desk(source).loaded(scenarios.load(source))


def edited(desk: Desk, text: str) -> Desk:
    first, *others = desk.prompt.segments
    return msgspec.structs.replace(desk, prompt=Prompt((msgspec.structs.replace(first, text=text), *others)))


def test_a_path_is_completed_as_far_as_there_is_one_way(folder: Path) -> None:
    for name in ("log.jsonl", "log.json", "notes.txt", ".hidden.toml"):
        (folder / name).write_text("")
    assert completed("d", folder) == "desk.toml"
    assert completed("lo", folder) == "log.json"
    assert completed("nothing", folder) == "nothing" and completed("notes", folder) == "notes"
    assert completed("s", folder) == "s/" and completed("s/", folder) == "s/samples.jsonl"
    assert completed(f"{folder}/de", Path("/")) == f"{folder}/desk.toml"
    assert completed("no/such/folder/x", folder) == "no/such/folder/x" and completed("\0/", folder) == "\0/"
    assert completed(".h", folder) == ".hidden.toml"


def test_the_list_has_recent_files_then_paths_then_what_comes_with_optlab(folder: Path) -> None:
    found = choices("", ["/x/old.toml", "desk.toml"], HEADS, folder)
    assert [(c.kind, c.value) for c in found] == [
        ("recent", "/x/old.toml"),
        ("recent", "desk.toml"),
        ("bundled", "hamlet"),
        ("bundled", "essay"),
    ]
    assert [c.value for c in choices("paragraph", [], HEADS, folder)] == ["essay"]
    first, *_ = choices("s", [], HEADS, folder)
    assert (first.kind, first.value) == ("folder", "s/")


def test_what_is_typed_is_opened_in_full_and_a_bare_name_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert opened_as(" desk.toml ") == opened_as("~/desk.toml") == str(folder / "desk.toml")
    assert opened_as("hamlet") == "hamlet" and opened_as("a\0b") == "a\0b"


def test_a_copy_goes_beside_a_request_and_into_the_folder_one_is_in(folder: Path) -> None:
    assert suggested("desk.toml") == "desk.toml" and suggested("hamlet") == "hamlet.toml"
    assert suggested("/logs/may.requests.jsonl") == "/logs/may.toml"
    assert own_file("hamlet") is None and own_file("\0.toml") is None


def test_a_file_that_a_scenario_names_belongs_to_it(folder: Path) -> None:
    seen = look("desk.toml")
    assert seen is not None and {path.name for path in seen.files} == {"desk.toml", "rules.md", "samples.jsonl"}
    os.utime(folder / "rules.md", (1, 1))
    touched = look_again(seen)
    assert touched.stamp != seen.stamp and touched.digest == seen.digest
    (folder / "rules.md").write_text("Be long.")
    assert look_again(touched).digest != seen.digest
    (folder / "rules.md").unlink()
    assert look_again(touched).digest != seen.digest
    assert look("hamlet") is None and look("\0") is None


def test_what_is_no_file_of_the_scenario_is_never_read(folder: Path) -> None:
    os.mkfifo(folder / "pipe")  # whoever opens it waits for ever
    named = ("pipe", "/dev/zero", "../outside.md", "rules.md")
    (folder / "desk.toml").write_text("\n".join(f"[[segment]]\nfile = '{name}'" for name in named))
    assert [path.name for path in named_files(folder / "desk.toml")] == ["pipe", "rules.md"]
    assert look("desk.toml") is not None  # and comes to an end


def test_a_broken_file_is_watched_all_the_same(folder: Path) -> None:
    (folder / "desk.toml").write_text("name = ")
    seen = look("desk.toml")
    assert seen is not None and [path.name for path in seen.files] == ["desk.toml"]


def test_saved_in_place_the_samples_stay_in_their_file(folder: Path) -> None:
    then = edited(desk(), 'Be "very" brief.\n# And kind.')
    assert unsaved(then) and not unsaved(desk())
    assert save(then, "desk.toml", overwrite=True) == folder / "desk.toml"
    assert 'file = "s/samples.jsonl"' in (folder / "desk.toml").read_text()
    found = scenarios.load("desk.toml")
    assert (
        found.prompt == then.prompt and len(found.samples) == 20 and found.lever_params == {"max_tokens": {"cap": 20}}
    )


def test_saved_elsewhere_the_samples_go_along(folder: Path) -> None:
    (folder / "else").mkdir()
    save(edited(desk(), "Other."), "else/copy.toml", overwrite=False)
    assert sorted(path.name for path in (folder / "else").iterdir()) == ["copy.samples.jsonl", "copy.toml"]
    assert scenarios.load("else/copy.toml").samples == desk().scenario.samples  # type: ignore[union-attr]


def test_nothing_is_overwritten_unasked(folder: Path) -> None:
    with pytest.raises(WouldOverwrite, match=r"^desk\.toml is there already"):
        save(desk(), "desk.toml", overwrite=False)
    (folder / "copy.samples.jsonl").write_text("mine")
    with pytest.raises(WouldOverwrite, match=r"^copy\.samples\.jsonl is there already"):
        save(desk(), "copy.toml", overwrite=False)
    assert (folder / "desk.toml").read_text() == TOML and not (folder / "copy.toml").exists()


def test_only_what_was_changed_of_a_pulled_lever_is_saved(folder: Path) -> None:
    then = desk()
    for name, params in (("caching", {"ttl": "1h"}), ("max_tokens", {"cap": "20"}), ("streaming", {})):
        lever = then.lever(name)
        then = then.with_lever(msgspec.structs.replace(lever, on=True, params={**lever.params, **params}))
    save(then, "desk.toml", overwrite=True)
    assert scenarios.load("desk.toml").lever_params == {"max_tokens": {"cap": 20}, "caching": {"ttl": "1h"}}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (" ", "a file needs a name"),
        ("s", "is a folder; name a file in it"),
        ("copy.json", "is saved as a .toml file"),
        ("no/such/copy.toml", "is no folder; name one that is there"),
        ("a\0.toml", "no file can have such a name"),
    ],
)
def test_a_place_that_is_none_is_one_sentence(folder: Path, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        save(desk(), name, overwrite=True)


def test_what_cannot_be_saved_is_one_sentence(folder: Path) -> None:
    with pytest.raises(UsageError, match="half a surrogate pair"):
        save(edited(desk(), "\ud800"), "copy.toml", overwrite=True)
    broken = desk().lever("max_tokens")
    with pytest.raises(UsageError, match="cap is a whole number"):
        then = desk().with_lever(msgspec.structs.replace(broken, on=True, params={"cap": "many"}))
        save(then, "copy.toml", overwrite=True)
    assert unsaved(then)


def test_a_saved_file_keeps_its_mode_and_its_link(folder: Path) -> None:
    (folder / "desk.toml").chmod(0o640)
    (folder / "link.toml").symlink_to("desk.toml")
    save(edited(desk("link.toml"), "New."), "link.toml", overwrite=True)
    assert (folder / "link.toml").is_symlink() and (folder / "desk.toml").stat().st_mode & 0o777 == 0o640
    assert scenarios.load("desk.toml").prompt.segments[0].text == "New."


def test_what_a_file_loses_is_told(folder: Path) -> None:
    assert losses(folder / "desk.toml") == "Comments are not kept and texts from other files are written into this one."
    save(edited(desk(), "# Rules\nBe brief."), "desk.toml", overwrite=True)
    assert losses(folder / "desk.toml") == "" and losses(folder / "nothing.toml") == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "a moment ago"),
        (119, "a moment ago"),
        (120, "2 minutes ago"),
        (7_199, "119 minutes ago"),
        (9_000, "2 hours ago"),
        (172_799, "47 hours ago"),
        (200_000, "2 days ago"),
    ],
)
def test_how_long_ago_is_told_as_far_as_it_matters(seconds: float, words: str) -> None:
    assert ago(seconds) == words


def test_a_scenario_without_a_file_is_no_edit() -> None:
    assert not unsaved(Desk("x")) and not unsaved(Desk("x").loaded(desk_scenario()))
