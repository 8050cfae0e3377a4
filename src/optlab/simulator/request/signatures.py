"""Signatures of thinking blocks. They carry the number of thinking tokens, because a block whose text is withheld
still counts as input when it comes back in a later turn.
"""

import base64
import binascii
import re

_PLAIN = re.compile(rb"thinking:(\d{1,7}):[0-9a-f]{64}")


def sign(thinking_tokens: int, digest_hex: str) -> str:
    """A signature for a thinking block of so many tokens; `digest_hex` has 64 hexadecimal digits."""
    return base64.b64encode(f"thinking:{thinking_tokens}:{digest_hex}".encode()).decode()


def thinking_tokens_of(signature: str) -> int | None:
    """The tokens that `sign` put into a signature; None for one of another origin."""
    try:
        plain = base64.b64decode(signature.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    found = _PLAIN.fullmatch(plain)
    return int(found[1]) if found else None
