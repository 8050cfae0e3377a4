"""The control file of faults: rules that pick requests, read again whenever the file changes.

TOML, or JSON where the name ends in `.json`: a list `fault` of tables, each with a `kind`, the keys of that kind (see
`kinds`) and any of the selectors of `Selector`. The first rule that matches wins. Counts begin anew with each reading.
"""

import hashlib
import json
import sys
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from optlab.simulator.errors import invalid
from optlab.simulator.faults.kinds import HEADER, Fault, fault, fits, from_header

PathName = Literal["messages", "count_tokens", "batches", "models"]
_REMEMBERED_BODIES: Final = 50_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule can see of a request. `digest` stands for its body; `model` is as sent and in full."""

    path: PathName | None
    models: tuple[str, ...] = ()
    stream: bool = False
    key: str = ""
    attempt: int = 0
    digest: bytes = b""


class Selector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which requests a rule is for. `nth`, `every`, `first` count, from 1, those that the selectors before them match.

    model: name or pattern with `*`; key: the API key; attempt: value of `x-stainless-retry-count`, 0 the first try;
    rate: a share, drawn by seed, body, attempt and how often this body has been seen.
    """

    path: PathName = "messages"
    model: str | None = None
    key: str | None = None
    stream: bool | None = None
    attempt: Annotated[int, Meta(ge=0)] | None = None
    nth: Annotated[int, Meta(ge=1)] | None = None
    every: Annotated[int, Meta(ge=1)] | None = None
    first: Annotated[int, Meta(ge=1)] | None = None
    rate: Annotated[float, Meta(ge=0, le=1)] | None = None

    def wants(self, asked: Asked) -> bool:
        """Whether everything but counts and chance matches."""
        return (
            self.path == asked.path
            and (self.model is None or any(fnmatchcase(m, self.model) for m in asked.models))
            and self.key in (None, asked.key)
            and self.stream in (None, asked.stream)
            and self.attempt in (None, asked.attempt)
        )


class Rule:
    """A selector with its counts, and the fault it brings."""

    def __init__(self, selector: Selector, brings: Fault, seed: str) -> None:
        self.selector = selector
        self.brings = brings
        self._seed = seed
        self._count = 0
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def hits(self, asked: Asked) -> bool:
        """Whether this rule is for this request, which is counted."""
        selector = self.selector
        stream = asked.stream
        if not selector.wants(asked) or not fits(self.brings, message=asked.path == "messages", stream=stream):
            return False
        self._count += 1
        return (
            selector.nth in (None, self._count)
            and (selector.every is None or self._count % selector.every == 0)
            and (selector.first is None or self._count <= selector.first)
            and (selector.rate is None or self._draw(asked) < selector.rate)
        )

    def _draw(self, asked: Asked) -> float:
        times = self._seen.pop(asked.digest, 0)
        self._seen[asked.digest] = times + 1
        if len(self._seen) > _REMEMBERED_BODIES:
            self._seen.popitem(last=False)
        drawn = hashlib.blake2b(
            f"{self._seed} {asked.attempt} {times} ".encode() + asked.digest, digest_size=8
        ).digest()
        return int.from_bytes(drawn) / 2**64


class FaultFileError(Exception):
    """The control file cannot be used; the message is one sentence for the user."""


class Faults:
    """Decides about each request: its own header first, then the rules of the file, if there is one."""

    def __init__(self, path: Path | None = None, seed: int = 0) -> None:
        """Reads the file. Raises FaultFileError."""
        self._path = path
        self._seed = seed
        self._version: object = None
        self._rules: list[Rule] = []
        if path is not None:
            self._version = self._stat(path)
            self._rules = read_rules(path, seed)

    def choose(self, asked: Asked, header: str | None) -> Fault | None:
        """The fault of a request, most often none. Raises a 400 for a header that cannot be."""
        if header is not None:
            wanted = from_header(header)
            if not fits(wanted, message=asked.path == "messages", stream=asked.stream):
                raise invalid(f"{HEADER}: {wanted.kind} cannot happen to this request")
            return wanted
        if self._path is not None:
            self._refresh(self._path)
        return next((rule.brings for rule in self._rules if rule.hits(asked)), None)

    def _refresh(self, path: Path) -> None:
        version = self._stat(path)
        if version == self._version:
            return
        self._version = version
        try:
            self._rules = read_rules(path, self._seed)
        except FaultFileError as error:
            print(f"optlab: {error}; the rules read before stay in force", file=sys.stderr, flush=True)

    @staticmethod
    def _stat(path: Path) -> object:
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def read_rules(path: Path, seed: int) -> list[Rule]:
    """The rules of a file. Raises FaultFileError."""
    try:
        text = path.read_text("utf-8")
        parsed: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise FaultFileError(f"cannot read the fault rules {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise FaultFileError(f"the fault rules {path} cannot be read: {error}") from None
    if not isinstance(parsed, dict) or set(parsed) - {"fault"} or not isinstance(parsed.get("fault", []), list):
        raise FaultFileError(f"the fault rules {path} must hold a list of tables named `fault`, and nothing else")
    rules = []
    for number, table in enumerate(parsed.get("fault", []), 1):
        try:
            rules.append(_rule(table, f"{seed} {number}"))
        except ValueError as error:
            raise FaultFileError(f"the fault rules {path}, rule {number}: {error}") from None
    return rules


def _rule(table: object, seed: str) -> Rule:
    if not isinstance(table, Mapping) or not isinstance(table.get("kind"), str | int):
        raise ValueError("it must be a table with a `kind`")
    selecting = {k: v for k, v in table.items() if k in Selector.__struct_fields__}
    keys = {k: v for k, v in table.items() if k not in Selector.__struct_fields__ and k != "kind"}
    brings = fault(str(table["kind"]), keys)
    try:
        selector = msgspec.convert(selecting, Selector)
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("$.", "")) from None
    if not any(fits(brings, message=selector.path == "messages", stream=stream) for stream in (True, False)):
        raise ValueError(f"{brings.kind} cannot happen to {selector.path}")
    return Rule(selector, brings, seed)
