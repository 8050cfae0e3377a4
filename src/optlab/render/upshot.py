"""What a study came to, in the few words that fit into a line of a list."""

from optlab.core.study import KeptStudy, Upshot
from optlab.render import format as spell


def upshot_words(study: KeptStudy) -> str:
    """Its outcome; empty where nobody knows it."""
    upshot = study.upshot
    if upshot is None:
        return ""
    if not upshot.found:
        return "nothing found"
    words = _words(study.kind, upshot)
    if upshot.word is not None:
        return f"{words}, {upshot.word.value}"
    return f"{words}, not verified" if study.kind in ("trim", "cut", "screen") and not _empty(upshot) else words


def _words(kind: str, upshot: Upshot) -> str:
    if upshot.tokens is not None:
        before, after = upshot.tokens
        return f"{before:,} tokens, nothing cut" if before == after else f"{before:,} → {after:,} tokens"
    if upshot.pieces is not None:
        return f"{upshot.pieces} piece{'' if upshot.pieces == 1 else 's'} mapped"
    if upshot.levers is not None:
        return " + ".join(map(spell.line, upshot.levers)) or "no lever"
    if kind == "ceiling":
        return "no limit proven" if upshot.cap is None else f"max_tokens {upshot.cap:,}"
    if upshot.saving is None:
        return "saving not known"
    what = "of the bill" if kind == "cascade" else "of the wait"
    return f"saves {spell.percent(upshot.saving)} {what}"


def _empty(upshot: Upshot) -> bool:
    """Whether there was nothing to verify: nothing cut, no lever chosen."""
    return upshot.levers == () or (upshot.tokens is not None and upshot.tokens[0] == upshot.tokens[1])
