"""What an error of the database means: a file that is not whole, no room, or a write that may be tried again."""

import sqlite3
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from kubevigil.model.wording import one_line
from kubevigil.store.errors import Damaged, StoreError, WriteFailed

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT})
"""Plain result codes. Nothing that is written here breaks a constraint of a schema that is whole."""

_PRIMARY: Final = 0xFF
"""The part of an extended result code that is the plain one."""

_UNREADABLE: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_DATA,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_READONLY_DBMOVED,
    }
)
"""Extended result codes: the medium gave back nothing, too little, or something else; or the file was taken away."""

_WORDS: Final = ("could not decode to utf-8", "no such table", "no such column", "has no column", "on conflict clause")
"""What comes without a code of its own: text that is none, and a schema that is no longer the one that was written."""


def is_damage(error: SQLAlchemyError) -> bool:
    """Whether the error means that SQLite's file is not whole, so that trying again does not help."""
    cause = getattr(error, "orig", None)
    if not isinstance(cause, sqlite3.Error):
        return False
    code = getattr(cause, "sqlite_errorcode", 0)
    told = str(cause).lower()
    return code & _PRIMARY in _DAMAGE or code in _UNREADABLE or any(words in told for words in _WORDS)


def is_full(error: SQLAlchemyError) -> bool:
    """Whether there was no room, so that writing less may help. A full disk can be told as an error of a write.

    Of a server that is full nobody here knows what would help: it is asked again until somebody made room.
    """
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return code & _PRIMARY == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_WRITE


def failure(doing: str, error: SQLAlchemyError) -> StoreError:
    """Damaged or WriteFailed, in the database's own words, without the statement and its parameters."""
    words = f"{doing}: {words_of(error)}"
    return Damaged(words) if is_damage(error) else WriteFailed(words)


def words_of(error: SQLAlchemyError) -> str:
    """What the database said, on one line."""
    cause = getattr(error, "orig", None)
    told = cause.args[0] if cause is not None and cause.args else None
    if isinstance(told, dict):  # pg8000 hands on the fields of PostgreSQL's answer: M is the message, C the code
        return one_line(f"{told.get('M', told)} ({told.get('C', '')})")
    return one_line(str(cause or error))
