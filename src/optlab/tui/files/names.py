"""Names of files as they are typed: what they may go on as, what can be chosen, where a copy would go."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from optlab.core.scenario import ScenarioHead

ENDINGS = (".toml", ".json", ".jsonl")
LOOKED_AT = 2_000
"""Entries of a folder that are looked at: typing must never wait for a very large one."""
MOST_SHOWN = 60


class Choice(msgspec.Struct, frozen=True):
    """Something to open: what is typed for it, its kind, and a few words on it."""

    value: str
    kind: Literal["recent", "bundled", "file", "folder"]
    about: str = ""


def choices(typed: str, recent: Sequence[str], heads: Sequence[ScenarioHead], folder: Path) -> tuple[Choice, ...]:
    """What can be opened, given what is typed: recent files that contain it, paths that go on from it, and bundled
    scenarios that contain it, also in what they are about."""
    wanted = typed.strip().casefold()
    found = [Choice(name, "recent") for name in recent if wanted in name.casefold()]
    known = {choice.value for choice in found}
    on = [choice for choice in paths(typed, folder) if choice.value not in known]
    found += on if wanted else [choice for choice in on if choice.kind == "file"]
    said = [(head, f"{head.name} {head.about if wanted else ''}".casefold()) for head in heads]
    found += [Choice(head.name, "bundled", head.about) for head, words in said if wanted in words]
    return tuple(found[:MOST_SHOWN])


def paths(typed: str, folder: Path) -> Iterator[Choice]:
    """Folders and files of scenarios whose path goes on from what is typed, folders first; `~` is the user's own."""
    shown, _, begun = typed.rpartition("/")
    shown = f"{shown}/" if "/" in typed else ""
    where = Path(shown).expanduser() if shown else folder
    try:
        entries = sorted(islice((folder / where).iterdir(), LOOKED_AT), key=lambda path: path.name.casefold())
        folders = {path for path in entries if path.is_dir()}
    except (OSError, ValueError, RuntimeError):
        return
    fitting = [p for p in entries if p.name.startswith(begun) and (begun or not p.name.startswith("."))]
    yield from (Choice(f"{shown}{path.name}/", "folder") for path in fitting if path in folders)
    for path in fitting:
        if path not in folders and path.name.endswith(ENDINGS):
            yield Choice(f"{shown}{path.name}", "file")


def completed(typed: str, folder: Path) -> str:
    """As far as the path that is typed can only go on one way; unchanged where it goes on in none."""
    values = [choice.value for choice in paths(typed, folder)]
    if not values:
        return typed
    least, most = min(values), max(values)  # what these two share, all of them share
    return least[: next((at for at, letter in enumerate(least) if most[at : at + 1] != letter), len(least))]


def opened_as(typed: str) -> str:
    """What is opened for what was typed: a bare name as it is, a path in full."""
    name = typed.strip()
    try:
        path = Path(name).expanduser()
        return str(path.absolute()) if "/" in name or path.exists() else name
    except (OSError, ValueError, RuntimeError):
        return name


def own_file(source: str) -> Path | None:
    """The scenario file that a scenario can be saved into; None for one that comes with optlab, or was a request."""
    try:
        path = Path(source)
        return path if path.suffix == ".toml" and path.is_file() else None
    except (OSError, ValueError):
        return None


def suggested(source: str) -> str:
    """Where a scenario would be saved: its own file, else a copy beside it, else in the folder one is in."""
    own = own_file(source)
    if own is not None:
        return str(own)
    path = Path(source)
    stem = path.name.partition(".")[0] or "scenario"
    return str(path.with_name(f"{stem}.toml")) if path.parent != Path() else f"{stem}.toml"
