"""Pages of a list as the API cuts them: `limit`, `after_id` and `before_id`."""

import re
from collections.abc import Mapping, Sequence

from optlab.simulator.errors import invalid

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000


def cut(ids: Sequence[str], query: Mapping[str, str]) -> tuple[slice, bool]:
    """Which of `ids` are on the page asked for, and whether more follow in the direction of travel.

    Raises a 400 for a bad limit, a cursor that is not in the list, or both cursors at once.
    """
    limit = _limit(query.get("limit", str(DEFAULT_LIMIT)))
    if "after_id" in query and "before_id" in query:
        raise invalid("after_id: cannot be combined with before_id")
    if "before_id" in query:
        end = _index(query["before_id"], "before_id", ids)
        return slice(max(end - limit, 0), end), end > limit
    first = _index(query["after_id"], "after_id", ids) + 1 if "after_id" in query else 0
    return slice(first, first + limit), len(ids) > first + limit


def envelope(data: Sequence[Mapping[str, object]], has_more: bool) -> dict[str, object]:
    """The body of one page."""
    return {
        "data": data,
        "has_more": has_more,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise invalid(f"limit: Input should be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _index(cursor: str, field: str, ids: Sequence[str]) -> int:
    try:
        return ids.index(cursor)
    except ValueError:
        raise invalid(f"{field}: nothing with this id in this list: {cursor[:200]}") from None
