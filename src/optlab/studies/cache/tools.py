"""A request as it would have been with the tools of an earlier one: they stand first, so a change of them loses all."""

from itertools import accumulate

import msgspec

from optlab.studies.cache.asked import Asked


def tools_of(request: Asked) -> tuple[bytes, ...]:
    """What its tool definitions hold, in their order."""
    return tuple(piece.content.digest for piece in request.pieces if piece.level == "tools")


def with_tools_of(before: Asked, after: Asked) -> Asked:
    """`after` as it would have been with the tools of `before`, their breakpoints included.

    It says where breakpoints would have stood and how long prefixes would have been; its hashes are still those of
    `after`, so that no cache may be asked for it.
    """
    had, has = len(tools_of(before)), len(tools_of(after))
    pieces = before.pieces[:had] + after.pieces[has:]
    first = before.steps[had - 1] if had else 0
    behind = after.steps[has - 1] if has else 0
    return msgspec.structs.replace(
        after,
        pieces=pieces,
        tokens=tuple(accumulate(piece.content.tokens for piece in pieces)),
        steps=before.steps[:had] + tuple(step - behind + first for step in after.steps[has:]),
    )


def held(before: Asked, after: Asked, position: int) -> int:
    """Tokens of `after` up to the place that has this position in `with_tools_of(before, after)`."""
    had, has = len(tools_of(before)), len(tools_of(after))
    return after.before(min(position + 1, has) if position < had else position + 1 - had + has)
