"""The words of a text of SQL, as the engine that runs it tells them apart, or a refusal.

What is a comment to the prover and none to the engine, or the other way round, would be proved and
not run. So comments are found here by the engine's own rules and taken out before anything is
parsed; what is in quotes has to begin and end where the parser says; and what no one would write
but to be read in two ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError

from outreach_hub.proof.dialect import POSTGRES, SPARK, spoken
from outreach_hub.proof.kept_names import require_names, with_columns
from outreach_hub.proof.known_functions import require_known
from outreach_hub.proof.known_types import require_own_operators, require_own_types
from outreach_hub.proof.names import fold
from outreach_hub.proof.pieces import Piece, without_blanks
from outreach_hub.proof.precedence import require_brackets
from outreach_hub.proof.unproved import Unproved

_REFUSED = r"""
    (?P<inside>/\*(?:(?!\*/).)*?/\*)        # to some engines a comment of its own
"""
_COMMON = r"""
  | (?P<comment>--[^\r\n]*|/\*.*?\*/)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w$.]))
  | (?P<joined>\d)                            # one number, or to some engines one and a name
  | (?P<blank>[ \t\r\n]+)
"""
_WORD = r"| (?P<word>(?:[A-Za-z_]|[^\x00-\x7f])(?:[\w$]|[^\x00-\x7f])*)"
_SIGN = r"| (?P<sign>\$\d+|/(?!\*)|[!#%&(-.:-@\[-^{-~])"
_LEXERS = {
    POSTGRES: re.compile(
        rf"""{_REFUSED}
  | (?P<escapes>[uU]&['"])                  # names and texts whose letters are numbers
  | (?P<quoted>[eE]'(?:[^'\\]|\\.|'')*'
      | [bBxXnN]?'(?:[^']|'')*'
      | "(?:[^"]|"")+"
      | \$(?P<tag>(?:[A-Za-z_][A-Za-z0-9_]*)?)\$.*?\$(?P=tag)\$)
  {_COMMON}{_WORD}{_SIGN}
        """,
        re.S | re.X,
    ),
    SPARK: re.compile(
        rf"""{_REFUSED}
  | (?P<goes_on>--[^\r\n]*\\[\r\n])         # a comment that the next line is a part of
  | (?P<quoted>[rR]'[^']*' | [rR]"[^"]*"
      | [xX]?'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`]|``)+`)
  {_COMMON}{_WORD}{_SIGN}
        """,
        re.S | re.X,
    ),
}
_REASONS = {
    "inside": "a comment within a comment",
    "escapes": "a text or name whose letters are written as numbers",
    "joined": "a number with letters, or another number, right after it",
    "goes_on": "a text or comment that goes on in the next line",
}
_TEXTS = {
    TokenType.STRING,
    TokenType.BYTE_STRING,
    TokenType.HEREDOC_STRING,
    TokenType.HEX_STRING,
    TokenType.BIT_STRING,
    TokenType.NATIONAL_STRING,
    TokenType.RAW_STRING,
    TokenType.UNICODE_STRING,
}
_QUOTES = "'\"`$"
_PLAINLY = "Write it plainly: what is proved and what is run have to be the same words."


def parse(sql: str) -> list[exp.Expr]:
    """The statements of a text. Raises Unproved."""
    pieces = _lexed(sql)
    plain, found = _words(pieces)
    try:
        trees = Dialect.get_or_raise(spoken()).parser().parse(found, plain)
    except ParseError as error:
        raise _no_sql(plain, error) from error
    except (SqlglotError, RecursionError) as error:
        raise Unproved(f"the SQL cannot be parsed: {_first_line(error)}") from error
    except (AttributeError, TypeError, ValueError) as error:  # of the parser, on what is no SQL
        raise Unproved("the SQL cannot be parsed") from error
    parsed = [tree for tree in trees if tree is not None]
    if not all(isinstance(tree, exp.Query) for tree in parsed):
        return parsed
    require_known(_called(pieces), parsed)
    if spoken() == POSTGRES:
        require_own_operators(pieces)
        require_own_types(without_blanks(pieces))
        parsed = [with_columns(tree) for tree in parsed]
        require_names(_names(pieces), _quoted_names(pieces), parsed)
        for tree in parsed:
            require_brackets(tree)
    return parsed


def _names(pieces: list[Piece]) -> Iterator[str]:
    """The unquoted words of a text, without those that are called."""
    for piece, is_called in _said(pieces):
        if piece.kind == "word" and not is_called:
            yield piece.text


def _called(pieces: list[Piece]) -> Iterator[str]:
    """The names before a bracket."""
    for piece, is_called in _said(pieces):
        if is_called and piece.kind == "word":
            yield fold(piece.text)
        elif is_called and piece.text[:1] in ('"', "`"):
            yield piece.text[1:-1]


def _said(pieces: list[Piece]) -> Iterator[tuple[Piece, bool]]:
    """What is no blank and no comment, and whether a bracket opens after it."""
    said = without_blanks(pieces)
    for piece, following in zip_longest(said, said[1:]):
        yield piece, following is not None and following.text == "("


def _quoted_names(pieces: list[Piece]) -> Iterator[str]:
    for piece in pieces:
        if piece.kind == "quoted" and piece.text.startswith('"'):
            yield piece.text[1:-1].replace('""', '"')


def _no_sql(plain: str, error: ParseError) -> Unproved:
    first = error.errors[0] if error.errors else {}
    reason = str(first.get("description") or _first_line(error)).rstrip(".")
    line, column = first.get("line") or 1, first.get("col") or 1
    at = sum(len(each) for each in plain.splitlines(keepends=True)[: line - 1]) + column - 1
    said = f"the SQL cannot be parsed: {reason}: {_line(plain, at)}"
    return Unproved(said, at=at, fix="Mend it; where the engine takes it, write it more plainly.")


def _first_line(error: Exception) -> str:
    return re.split(r"\s*\n", str(error).strip())[0][:200]


def pieces(sql: str) -> list[Piece]:
    """Everything in a text, comments and blanks too. Raises Unproved."""
    return _lexed(sql)


def tokens(sql: str) -> list[Token] | None:
    """The words of a text; None where they cannot be told apart."""
    try:
        return _words(_lexed(sql))[1]
    except Unproved:
        return None


def require_ctes_in_place(sql: str) -> None:
    """Raises where dbt would put the queries of ephemeral models into the middle of a text.

    It looks for the first WITH by a lexer of its own, and takes what comes before it for the start.
    """
    import sqlparse

    statements = sqlparse.parse(sql)
    at, found = 0, None
    for token in statements[0].tokens if len(statements) == 1 else ():
        if found is None and token.is_keyword and token.normalized == "WITH":
            found = at
        at += len(str(token))
    if at != len(sql) or found != _leading_with(sql):
        raise Unproved(
            "dbt would put the query of an ephemeral model elsewhere than at the start",
            fix="Begin with the CTEs, and have no WITH but theirs; or make the model a view.",
        )


def _leading_with(sql: str) -> int | None:
    said = without_blanks(_lexed(sql))
    return said[0].start if said and said[0].text.lower() == "with" else None


def _words(pieces: list[Piece]) -> tuple[str, list[Token]]:
    """The text with blanks for its comments, and the parser's words of that.

    Quotes have to open and close for the parser where they do for the engine.
    """
    plain = "".join(
        re.sub(r"[^\r\n]", " ", piece.text) if piece.kind == "comment" else piece.text
        for piece in pieces
    )
    try:
        found = Dialect.get_or_raise(spoken()).tokenize(plain)
    except SqlglotError as error:
        raise Unproved(f"the SQL cannot be read: {_first_line(error)}") from error
    theirs = {(token.start, token.end + 1) for token in found if _is_quoted(token, plain)}
    ours = {(piece.start, piece.end) for piece in pieces if piece.kind == "quoted"}
    if apart := ours ^ theirs:
        raise _unclear(plain, min(apart)[0], "quotes that can be read in two ways")
    return plain, found


def _is_quoted(token: Token, plain: str) -> bool:
    is_text = token.token_type in _TEXTS or token.token_type is TokenType.IDENTIFIER
    return is_text and plain[token.end] in _QUOTES


def _lexed(sql: str) -> list[Piece]:
    found: list[Piece] = []
    if spoken() == SPARK and "${" in sql:  # replaced before anything is read, comments included
        raise _unclear(sql, sql.index("${"), "a ${...} that Spark puts something in the place of")
    lexer, at, before = _LEXERS[spoken()], 0, ""
    while at < len(sql):
        match = lexer.match(sql, at)
        kind = (match.lastgroup or "") if match else ""
        text = match.group() if match else sql[at]
        if kind in _REASONS or not kind:
            raise _unclear(sql, at, _REASONS.get(kind) or _odd(text))
        if kind in ("word", "number"):
            _refuse_odd_letters(sql, at, text)
        if text == "!" and spoken() == POSTGRES and sql[at + 1 : at + 2] not in ("=", "~"):
            raise _unclear(sql, at, "an operator that is no NOT, and is written like one")
        if text == "~" == sql[at + 1 : at + 2] and spoken() == POSTGRES:
            raise _unclear(sql, at, "~~, which is LIKE but for its precedence,")
        if text.startswith("'") and before[:2].lower() == "e'":
            raise _unclear(sql, at, _REASONS["goes_on"])
        if kind not in ("blank", "comment"):
            before = text
        found.append(Piece(kind, at, text))
        at += len(text)
    return found


def _refuse_odd_letters(sql: str, at: int, word: str) -> None:
    for place, letter in enumerate(word, at):
        if not letter.isascii() and not letter.isalnum():
            raise _unclear(sql, place, _odd(letter))


def _odd(letter: str) -> str:
    if letter in "'\"`$/":
        return f"a {letter} that nothing closes"
    return f"U+{ord(letter):04X} between or within words, which may look like a blank and be none"


def _unclear(sql: str, at: int, reason: str) -> Unproved:
    return Unproved(f"{reason}: {_line(sql, at)}", fix=_PLAINLY, at=at)


def _line(sql: str, at: int) -> str:
    """The line of a text at a place of it, as it is shown."""
    line = sql.split("\n")[sql.count("\n", 0, at)].strip()
    return ascii(line[:100])[1:-1]
