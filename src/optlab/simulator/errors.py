"""Refusals of the API: a status, an error type and a sentence that names the field.

The table of statuses and types is Anthropic's errors page. Match on status and type, never on the wording.
"""

from collections.abc import Mapping

TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    431: "invalid_request_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


MAX_BODY_BYTES = 32 * 1024 * 1024
"""The largest request of Messages and count_tokens, and the largest `params` of one in a batch."""


class ApiError(Exception):
    """A request that is answered with an error body instead of a message."""

    def __init__(
        self,
        status: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.details = dict(details or {})

    @property
    def type(self) -> str:
        """The `error.type` that goes with the status."""
        return TYPES.get(self.status, "api_error")


def invalid(message: str) -> ApiError:
    """A 400 with this message."""
    return ApiError(400, message)
