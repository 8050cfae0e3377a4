"""What is kept of unsaved edits: prompt, levers and settings as they stand on the desk, and what they change. Pure."""

import json
from collections.abc import Iterator

import msgspec

from optlab.core.prompt import Prompt, Segment
from optlab.levers import BY_NAME
from optlab.tui.desk import Desk, LeverSetting, Settings

FORMAT = 1


class Kept(msgspec.Struct, frozen=True):
    """Unsaved edits of one scenario, `at` in epoch seconds. No credential is on a desk, so none is in here."""

    source: str
    at: float
    prompt: Prompt
    levers: tuple[LeverSetting, ...]
    settings: Settings
    model: str | None = None
    format: int = FORMAT


def kept_of(desk: Desk, at: float) -> Kept:
    """What to keep of a desk."""
    return Kept(desk.source, at, desk.prompt, desk.levers, desk.settings, desk.model)


def encode(kept: Kept) -> bytes:
    """As JSON that holds every text there is, half surrogate pairs too."""
    return json.dumps(msgspec.to_builtins(kept)).encode()


def decode(data: bytes) -> Kept | None:
    """What was kept; None where the bytes are damaged, or of another format."""
    try:
        kept = msgspec.convert(json.loads(data), Kept)
    except (ValueError, RecursionError):  # msgspec.ValidationError is one
        return None
    return kept if kept.format == FORMAT else None


def edited(desk: Desk, base: Desk) -> bool:
    """Whether anything stands on a desk that another one has not."""
    return not desk.same_setup(base) or desk.settings != base.settings


def worth_asking(desk: Desk, base: Desk) -> bool:
    """Whether anything was edited that somebody who left on purpose would miss: a text, a parameter, the model.

    Which levers are pulled and the settings of runs are kept against a crash alone.
    """
    asked = (desk.prompt, desk.model) != (base.prompt, base.model)
    return asked or [s.params for s in desk.levers] != [s.params for s in base.levers]


def restored(desk: Desk, kept: Kept) -> Desk:
    """The desk with what was kept put on it, as far as it still has a place for it."""
    found = {_place(segment): segment for segment in kept.prompt.segments}
    segments = (found.get(_place(segment), segment) for segment in desk.prompt.segments)
    levers = {setting.name: setting for setting in kept.levers}
    return msgspec.structs.replace(
        desk if kept.model is None else desk.with_model(kept.model),
        prompt=Prompt(tuple(segments)),
        levers=tuple(_lever(setting, levers.get(setting.name, setting)) for setting in desk.levers),
        settings=kept.settings,
    )


def differences(desk: Desk, kept: Kept) -> tuple[str, ...]:
    """What restoring would change on a desk, and what it could not bring back, in a few words each."""
    return tuple(_differences(desk, kept, restored(desk, kept)))


def _differences(desk: Desk, kept: Kept, then: Desk) -> Iterator[str]:
    pairs = list(zip(desk.prompt.segments, then.prompt.segments, strict=True))
    if texts := [new.name for old, new in pairs if old.text != new.text]:
        yield f"the text of {_named(texts)}"
    for word, on in (("on", True), ("off", False)):
        if switched := [new.name for old, new in pairs if old.on != new.on and new.on is on]:
            yield f"{_named(switched)} switched {word}"
    if pulled := [BY_NAME[setting.name].spec.title for setting in then.pulled if not desk.lever(setting.name).on]:
        yield f"{', '.join(pulled)} pulled"
    if let_go := [BY_NAME[setting.name].spec.title for setting in desk.pulled if not then.lever(setting.name).on]:
        yield f"{', '.join(let_go)} let go"
    if any(old.params != new.params for old, new in zip(desk.levers, then.levers, strict=True)):
        yield "parameters of levers"
    if then.model != desk.model:
        yield f"the model {then.model}"
    for name in Settings.__struct_fields__:
        if getattr(desk.settings, name) != getattr(then.settings, name):
            yield f"{name} {getattr(then.settings, name) or 'none'}"
    places = set(map(_place, desk.prompt.segments))
    if lost := [segment.name for segment in kept.prompt.segments if _place(segment) not in places]:
        yield f"not {_named(lost)}, which the file has no more"


def _place(segment: Segment) -> tuple[str, str, str | None]:
    return segment.name, segment.where, segment.role


def _lever(now: LeverSetting, then: LeverSetting) -> LeverSetting:
    params = {name: then.params.get(name, value) for name, value in now.params.items()}
    return LeverSetting(now.name, then.on, params)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(f"“{name}”" for name in names[:2]) + more
