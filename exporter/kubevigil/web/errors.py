"""What can go wrong with the HTTP server, in words for the person who runs it."""


class WebError(Exception):
    """The HTTP server did not do what it was asked."""


class CannotListen(WebError):
    """The address cannot be used; the message names it and says what to do."""
