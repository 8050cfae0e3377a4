"""Token counts of a response by billing class, their arithmetic, and the terms they are billed on."""

import msgspec


class Terms(msgspec.Struct, frozen=True):
    """Conditions of one response that change its price, as its usage names them.

    `batch`: answered in a batch; `fast`: in fast mode; `us_only`: inference kept to the United States.
    """

    batch: bool = False
    fast: bool = False
    us_only: bool = False


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one response, or of a sum of responses.

    Prompt tokens = input + cache writes + cache reads: `input_tokens` alone is only what stood behind the last cache
    breakpoint. `output_tokens` includes `thinking_tokens`.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0
    thinking_tokens: int = 0

    @property
    def prompt_tokens(self) -> int:
        """All three prompt classes together; this sum chooses the price tier."""
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens

    @property
    def cache_write_tokens(self) -> int:
        """Tokens written to the cache, both lifetimes together."""
        return self.cache_write_5m_tokens + self.cache_write_1h_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.thinking_tokens + other.thinking_tokens,
        )
