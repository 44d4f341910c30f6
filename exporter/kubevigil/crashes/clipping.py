"""Cuts a text to a number of bytes, never inside a character. Pure."""


def last_bytes(text: str, most: int) -> str:
    """The end of the text, at most so many bytes in UTF-8."""
    return _from(text, max(0, size_of(text) - most))


def without_first_bytes(text: str, count: int) -> str:
    """The text without so many bytes of its beginning."""
    return _from(text, count)


def size_of(text: str) -> int:
    """Bytes in UTF-8."""
    return len(text.encode())


def _from(text: str, start: int) -> str:
    # What a cut leaves of a character at the beginning is ignored; there is nothing else to ignore.
    return text.encode()[start:].decode("utf-8", "ignore") if start > 0 else text
