"""What the API refuses. `str()` of each is a sentence that may be shown to people."""


class ApiError(Exception):
    """A request that gets no data; `status` is its HTTP status."""

    status = 400


class Refused(ApiError):
    """The request is understood, and breaks a rule."""


class NotFound(ApiError):
    """The store, product, variant or category isn't there."""

    status = 404
