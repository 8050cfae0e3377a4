"""The tables of a scenario file, as TOML holds them; docs/scenarios.md tells of every key."""

from typing import Any

import msgspec

from optlab.core.prompt import Role, Where
from optlab.core.scenario import Plan, Traffic


class SegmentTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    where: Where
    text: str | None = None
    file: str | None = None
    role: Role | None = None
    on: bool = True
    trimmable: bool = True


class SamplesTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    file: str


class ScenarioTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    model: str
    max_tokens: int
    segment: tuple[SegmentTable, ...]
    about: str = ""
    sample: tuple[dict[str, Any], ...] = ()
    samples: SamplesTable | None = None
    check: tuple[dict[str, Any], ...] = ()
    lever: dict[str, dict[str, Any]] = {}
    traffic: Traffic = Traffic()
    plan: Plan = Plan()
