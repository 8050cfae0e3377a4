"""A log of requests as sent to the API: JSON Lines, read strictly, with keys of the user's own left alone."""

import math
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from optlab.studies.cache.asked import Asked, AskedReader
from optlab.studies.cache.pieces import MalformedError
from optlab.studies.json_lines import read_lines


class RequestLog(msgspec.Struct, frozen=True):
    """The requests in the order in which they were sent. `timed`: every line has a time, and lifetimes count.

    Without times the order of the lines is the order of the calls, and every entry is taken to be alive and readable.
    """

    requests: tuple[Asked, ...]
    timed: bool
    notes: tuple[str, ...] = ()


def read_log(path: Path) -> RequestLog:
    """The log of a file. Raises UsageError in one sentence with file and line where a line is no request."""
    reader, index = AskedReader(), count()
    requests = read_lines(
        path,
        lambda line, number: _request(reader, line, next(index)),
        item="request",
        write="write the JSON body of one Messages request a line",
    )
    timed = [request for request in requests if request.at is not None]
    notes = []
    if len(timed) == len(requests):
        requests.sort(key=lambda request: request.at or 0.0)
        return RequestLog(tuple(requests), True)
    if timed:
        notes.append(
            f'{len(requests) - len(timed)} of {len(requests)} lines have no "at", so the log is read as one without '
            "times: in the order of its lines, every entry alive"
        )
        requests = [msgspec.structs.replace(request, at=None) for request in requests]
    return RequestLog(tuple(requests), False, tuple(notes))


def epoch_seconds(value: object) -> float:
    """A moment as epoch seconds: a finite number, or an ISO date-time (UTC where it names no offset).

    Raises ValueError in a few words.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("is no epoch second and no ISO date-time") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is no epoch second and no ISO date-time")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("is no finite number")
    return number


def _request(reader: AskedReader, line: bytes, index: int) -> Asked:
    body = msgspec.json.decode(line)
    if not isinstance(body, dict):
        raise MalformedError("this is no JSON object")
    return reader.read(
        body,
        index,
        workspace=_workspace(body),
        at=_at(body),
        began_s=_began(body),
        read_tokens=_read_tokens(body),
    )


def _at(body: dict[str, Any]) -> float | None:
    if body.get("at") is None:
        return None
    try:
        return epoch_seconds(body["at"])
    except ValueError as error:
        raise MalformedError(f'"at" {error}') from None


def _began(body: dict[str, Any]) -> float | None:
    value = body.get("ttft_s")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise MalformedError('"ttft_s" is seconds until the answer began, from 0 on')
    return float(value)


def _workspace(body: dict[str, Any]) -> str:
    value = body.get("workspace")
    if value is not None and not isinstance(value, str):
        raise MalformedError('"workspace" is no text')
    return value or ""


def _read_tokens(body: dict[str, Any]) -> int | None:
    usage = body.get("usage")
    if usage is None:
        return None
    value = usage.get("cache_read_input_tokens") if isinstance(usage, dict) else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedError('"usage" is that of the response, with its cache_read_input_tokens')
    return value
