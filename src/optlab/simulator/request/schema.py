"""A small walker for JSON shapes, with the error paths of the API: `messages.0.content.1.text.foo`.

A check takes a value and its path and raises a 400 on the first thing that is wrong. Tagged unions put the tag into
the path, as the API does. Checks are plain functions, so that the tables in `shape` read as tables.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from optlab.simulator.errors import ApiError, invalid

Check = Callable[[object, str], None]
EXTRA = "Extra inputs are not permitted"
REQUIRED = "Field required"


class Fields(msgspec.Struct, frozen=True):
    """The keys of one object: those it must have and those it may have. `open` objects may have any others too."""

    required: Mapping[str, Check] = {}
    optional: Mapping[str, Check] = {}
    open: bool = False


def wrong(path: str, message: str) -> ApiError:
    """The 400 for one field."""
    return invalid(f"{path}: {message}" if path else message)


def under(path: str, key: str | int) -> str:
    """The path of a key or index below `path`."""
    return f"{path}.{key}" if path else str(key)


def anything(value: object, path: str) -> None:
    """Accepts every JSON value: the API does not look inside."""


def free_object(value: object, path: str) -> None:
    """Accepts every JSON object."""
    if not isinstance(value, dict):
        raise wrong(path, "Input should be a valid dictionary")


def boolean(value: object, path: str) -> None:
    """Accepts true and false."""
    if not isinstance(value, bool):
        raise wrong(path, "Input should be a valid boolean")


def string(*, pattern: str | None = None, at_least: int = 0, at_most: int | None = None) -> Check:
    """Accepts strings of `at_least` to `at_most` characters that match `pattern` as a whole."""
    compiled = re.compile(pattern) if pattern else None

    def check(value: object, path: str) -> None:
        if not isinstance(value, str):
            raise wrong(path, "Input should be a valid string")
        if len(value) < at_least:
            raise wrong(path, f"String should have at least {at_least} character{'s' if at_least > 1 else ''}")
        if at_most is not None and len(value) > at_most:
            raise wrong(path, f"String should have at most {at_most} characters")
        if compiled and not compiled.fullmatch(value):
            raise wrong(path, f"String should match pattern '^{pattern}$'")

    return check


def one_of(*choices: str) -> Check:
    """Accepts exactly these strings."""
    quoted = [repr(c) for c in choices]
    expected = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"

    def check(value: object, path: str) -> None:
        if not isinstance(value, str) or value not in choices:
            raise wrong(path, f"Input should be {expected}")

    return check


def integer(at_least: int) -> Check:
    """Accepts whole numbers from `at_least` on."""

    def check(value: object, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(path, "Input should be a valid integer")
        if value < at_least:
            raise wrong(path, f"Input should be greater than or equal to {at_least}")

    return check


def number(low: float, high: float) -> Check:
    """Accepts numbers from `low` to `high`."""

    def check(value: object, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(path, "Input should be a valid number")
        if not low <= value <= high:
            raise wrong(path, f"Input should be from {low:g} to {high:g}")

    return check


def nullable(inner: Check) -> Check:
    """Accepts null, and what `inner` accepts."""

    def check(value: object, path: str) -> None:
        if value is not None:
            inner(value, path)

    return check


def list_of(item: Check, *, at_most: int | None = None) -> Check:
    """Accepts lists whose every item passes `item`."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, list):
            raise wrong(path, "Input should be a valid list")
        if at_most is not None and len(value) > at_most:
            raise wrong(path, f"List should have at most {at_most} items")
        for i, element in enumerate(value):
            item(element, under(path, i))

    return check


def text_or(other: Check) -> Check:
    """Accepts a string, or what `other` accepts."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, str):
            other(value, path)

    return check


def record(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None, *, open: bool = False
) -> Check:
    """Accepts objects with exactly these keys."""
    fields = Fields(required or {}, optional or {}, open)

    def check(value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong(path, "Input should be a valid dictionary")
        _walk(fields, value, path, tag=None)

    return check


def tagged(
    options: Mapping[str, Fields],
    *,
    default: str | None = None,
    otherwise: Callable[[str], Fields | None] | None = None,
) -> Check:
    """Accepts objects whose `type` picks one of `options`; `otherwise` may find fields for a type not in the table."""

    def check(value: object, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong(path, "Input should be a valid dictionary")
        tag = value.get("type", default)
        if tag is None and default is not None:
            tag = default
        if tag is None:
            raise wrong(under(path, "type"), REQUIRED)
        if not isinstance(tag, str):
            raise wrong(under(path, "type"), "Input should be a valid string")
        fields = options.get(tag) or (otherwise(tag) if otherwise else None)
        if fields is None:
            known = ", ".join(repr(o) for o in options)
            raise wrong(
                path, f"Input tag {tag[:80]!r} found using 'type' does not match any of the expected tags: {known}"
            )
        _walk(fields, value, under(path, tag), tag="type")

    return check


def _walk(fields: Fields, value: dict[str, object], path: str, tag: str | None) -> None:
    for name, check in fields.required.items():
        if name not in value:
            raise wrong(under(path, name), REQUIRED)
        check(value[name], under(path, name))
    for name, item in value.items():
        if name in fields.required or name == tag:
            continue
        optional = fields.optional.get(name)
        if optional is not None:
            optional(item, under(path, name))
        elif not fields.open:
            raise wrong(under(path, name[:120]), EXTRA)
