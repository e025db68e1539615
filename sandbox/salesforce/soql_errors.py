"""What a query can be refused with: the vendor's codes and texts."""

from __future__ import annotations

_AROUND = 40  # how much of the query a message quotes on each side of the place
_NAMES = "Please reference your WSDL or the describe call for the appropriate names."


class SoqlError(Exception):
    """A query that is refused. `code` is the errorCode, `message` the text of the answer."""

    code = "MALFORMED_QUERY"

    def __init__(self, message: str, code: str | None = None) -> None:
        """Keep the text, and the code where the kind has several."""
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class Malformed(SoqlError):
    """The query cannot be read, or breaks a rule of the language."""


class InvalidField(SoqlError):
    """The query names a field that is not there, or not for this use, or not for this user."""

    code = "INVALID_FIELD"


class InvalidType(SoqlError):
    """The query names an object or a child relationship that is not there."""

    code = "INVALID_TYPE"


class InvalidFilter(SoqlError):
    """The query compares in a way that the field does not know."""

    code = "INVALID_QUERY_FILTER_OPERATOR"


class OutOfRange(SoqlError):
    """A number of the query is too large."""

    code = "NUMBER_OUTSIDE_VALID_RANGE"


def located(text: str, at: int, message: str) -> str:
    """Return a message under the piece of the query that it speaks of, with row and column."""
    before = text[:at]
    row = before.count("\n") + 1
    begin = before.rfind("\n") + 1
    end = text.find("\n", at)
    line = text[begin : len(text) if end < 0 else end]
    column = at - begin
    start = _word_start(line, max(0, column - _AROUND), column)
    stop = _word_stop(line, column, min(len(line), column + _AROUND))
    pointer = " " * (column - start) + "^"
    return f"\n{line[start:stop]}\n{pointer}\nERROR at Row:{row}:Column:{column + 1}\n{message}"


def _word_start(line: str, lowest: int, column: int) -> int:
    """Return where the first whole word begins that is not further left than `lowest`."""
    if lowest == 0:
        return 0
    for at in range(lowest, column):
        if line[at - 1] in " ,(" and line[at] not in " ,":
            return at
    return column


def _word_stop(line: str, column: int, highest: int) -> int:
    """Return where the last whole word ends that is not further right than `highest`."""
    if highest == len(line):
        return highest
    for at in range(highest, column, -1):
        if line[at] in " ,)" and line[at - 1] not in " ,":
            return at
    return highest


def no_column(text: str, at: int, name: str, entity: str) -> InvalidField:
    """Return the refusal of an unknown field; a hidden one gets the same."""
    return InvalidField(
        located(
            text,
            at,
            f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be "
            f"sure to append the '__c' after the custom field name. {_NAMES}",
        )
    )


def no_relationship(text: str, at: int, name: str) -> InvalidField:
    """Return the refusal of an unknown parent relationship."""
    return InvalidField(
        located(
            text,
            at,
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
            "relationship, be sure to append the '__r' after the custom relationship name. " + _NAMES,
        )
    )


def no_child_relationship(text: str, at: int, name: str) -> InvalidType:
    """Return the refusal of an unknown child relationship."""
    return InvalidType(
        located(
            text,
            at,
            f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to "
            "use a custom relationship, be sure to append the '__r' after the custom relationship name. "
            + _NAMES,
        )
    )


def no_object(text: str, at: int, name: str) -> InvalidType:
    """Return the refusal of an unknown object."""
    return InvalidType(
        located(
            text,
            at,
            f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure "
            "to append the '__c' after the entity name. " + _NAMES,
        )
    )


def unexpected(text: str, at: int, token: str) -> Malformed:
    """Return the refusal of a token that cannot stand where it stands."""
    shown = token if token.isupper() and token.isalpha() else f"'{token}'"
    return Malformed(located(text, at, f"unexpected token: {shown if token else '<EOF>'}"))
