"""Failures of a database: which are temporary (locked, full, away), and which are no fault of ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

# SQLite's primary result codes, sqlite.org/rescode.html: busy, locked, out of memory, read-only, I/O error, full,
# cannot open, locking protocol. Not among them: a file that is damaged or no database, a table that is not there.
_SQLITE = frozenset({5, 6, 7, 8, 10, 13, 14, 15})
# PostgreSQL's classes of SQLSTATE, appendix A: connection, login, no such database, roll back and try again, resources,
# not in the needed state (locks), intervention of an operator, system.
_CLASSES = frozenset({"08", "28", "3D", "40", "53", "55", "57", "58"})
_READ_ONLY = "25006"


def is_temporary(error: BaseException | None) -> bool:
    """Whether the same statement may go well later, with nothing changed by us."""
    if isinstance(error, NoConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in _CLASSES or state == _READ_ONLY
    return isinstance(error, (OperationalError, InterfaceError))  # there is no connection, or no longer


def is_away(error: BaseException | None) -> bool:
    """Whether the database cannot be reached or read just now: no fault of ours."""
    return isinstance(error, (OperationalError, InterfaceError)) or is_temporary(error)


def reason(error: Exception) -> str:
    """What the driver says, in a line, for the log."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0]
