"""Values of company_unique_id that no landed record may carry, and what is to be said of each.

The companies that they resemble are those of `standard.MINTED`.
"""

from __future__ import annotations

from typing import NamedTuple


class WrongId(NamedTuple):
    """A value, the code that refuses it, how it is shown, and the minted id that it resembles."""

    value: str | None
    code: str
    shown: str
    resembles: str | None = None


def _blank(name: str, value: str, shown: str) -> tuple[str, WrongId]:
    return f"only {name}", WrongId(value, "ID001", f'"{shown}"')


def _word(value: str, shown: str | None = None) -> tuple[str, WrongId]:
    return f"the word {value!a}", WrongId(value, "ID001", f'"{shown or value}"')


def _alike(name: str, value: str, shown: str, minted: str) -> tuple[str, WrongId]:
    return name, WrongId(value, "ID002", f'"{shown}"', minted)


def _unknown(name: str, value: str, shown: str) -> tuple[str, WrongId]:
    return name, WrongId(value, "ID011", f'"{shown}"')


WRONG_IDS: dict[str, WrongId] = dict(
    [
        ("null", WrongId(None, "ID001", "NULL")),
        ("empty", WrongId("", "ID001", '""')),
        _blank("a blank", " ", " "),
        _blank("blanks", "    ", "    "),
        _blank("tabs", "\t\t", r"\u0009\u0009"),
        _blank("a line break", "\r\n", r"\u000d\u000a"),
        _blank("a no-break space", "\u00a0", r"\u00a0"),
        _blank("a zero-width space", "\u200b", r"\u200b"),
        _blank("zero-width joiners", "\u200c\u200d", r"\u200c\u200d"),
        _blank("a word joiner", "\u2060", r"\u2060"),
        _blank("a byte order mark", "\ufeff", r"\ufeff"),
        _blank("a soft hyphen", "\u00ad", r"\u00ad"),
        _blank("a direction mark", "\u200e", r"\u200e"),
        _blank("an override", "\u202e\u202c", r"\u202e\u202c"),
        _blank("a Braille blank", "\u2800", r"\u2800"),
        _blank("a Hangul filler", "\u3164", r"\u3164"),
        _blank("an ideographic space", "\u3000", r"\u3000"),
        _blank("a thin space", "\u2009", r"\u2009"),
        _blank("a Mongolian separator", "\u180e", r"\u180e"),
        _blank("a grapheme joiner", "\u034f", r"\u034f"),
        _blank("a variation selector", "\ufe0f", r"\ufe0f"),
        _blank("a supplementary selector", "\U000e0100", r"\U000e0100"),
        _blank("a tag blank", "\U000e0020", r"\U000e0020"),
        _blank("an invisible operator", "\u2062", r"\u2062"),
        _blank("an annotation anchor", "\ufff9", r"\ufff9"),
        _blank("a control character", "\u001f", r"\u001f"),
        _blank("a C1 control character", "\u0085", r"\u0085"),
        *map(_word, ("UNKNOWN", "unknown", "Unknown-42", "UNKNOWN COMPANY", "unknown_company")),
        *map(_word, ("PENDING", "PENDING-2026-01", "pending:cl")),
        *map(_word, ("N/A", "n/a", "NA", "N.A.", "#N/A", "n.a", "Not Available", "NOT_FOUND")),
        *map(_word, ("NULL", "null", "<null>", "(none)", "None", "nil", "NaN", "undefined")),
        *map(_word, ("TBD", "tba", "todo", "default", "PLACEHOLDER-1", "dummy", "missing")),
        *map(_word, ("Unassigned", "not known", "xxx", "0", "000", "0.0", "00-0000000")),
        *map(_word, ("-", "--", "?", "*", "#", ".", "00000000-0000-0000-0000-000000000000")),
        _word("\u2014", r"\u2014"),
        _word("\u2026", r"\u2026"),
        _word("UNK\u200bNOWN", r"UNK\u200bNOWN"),
        _word(" N/A\u00a0", r" N/A\u00a0"),
        _word("\uff2e\uff0f\uff21", r"\uff2e\uff0f\uff21"),
        _word('"NULL"', r"\"NULL\""),
        _alike("a trailing blank", "CL-2 ", "CL-2 ", "CL-2"),
        _alike("a leading blank", " CL-2", " CL-2", "CL-2"),
        _alike("a trailing tab", "CL-2\t", r"CL-2\u0009", "CL-2"),
        _alike("a trailing newline", "CL-2\n", r"CL-2\u000a", "CL-2"),
        _alike("a trailing carriage return", "CL-2\r", r"CL-2\u000d", "CL-2"),
        _alike("a no-break space at the end", "CL-2\u00a0", r"CL-2\u00a0", "CL-2"),
        _alike("a no-break space for a blank", "Acme\u00a070", r"Acme\u00a070", "Acme 70"),
        _alike("two blanks for one", "Acme  70", "Acme  70", "Acme 70"),
        _alike("no blank", "Acme70", "Acme70", "Acme 70"),
        _alike("a zero-width space inside", "CL\u200b-2", r"CL\u200b-2", "CL-2"),
        _alike("a zero-width joiner inside", "CL-\u200d2", r"CL-\u200d2", "CL-2"),
        _alike("a soft hyphen inside", "C\u00adL-2", r"C\u00adL-2", "CL-2"),
        _alike("a byte order mark in front", "\ufeffCL-2", r"\ufeffCL-2", "CL-2"),
        _alike("a direction mark in front", "\u200fCL-2", r"\u200fCL-2", "CL-2"),
        _alike("a word joiner inside", "CL\u2060-2", r"CL\u2060-2", "CL-2"),
        _alike("a variation selector", "CL-2\ufe0e", r"CL-2\ufe0e", "CL-2"),
        _alike("a hidden tag", "CL-2\U000e0041", r"CL-2\U000e0041", "CL-2"),
        _alike("lower case", "cl-2", "cl-2", "CL-2"),
        _alike("mixed case", "Cl-2", "Cl-2", "CL-2"),
        _alike("NFD for NFC", "Cafe\u0301-1", r"Cafe\u0301-1", "Caf\u00e9-1"),
        _alike("upper-case accents", "CAF\u00c9-1", r"CAF\u00c9-1", "Caf\u00e9-1"),
        _alike("full-width letters", "\uff23\uff2c-2", r"\uff23\uff2c-2", "CL-2"),
        _alike("a Cyrillic letter", "\u0421L-2", r"\u0421L-2", "CL-2"),
        _alike("Cyrillic letters", "\u041eth\u0435r-1", r"\u041eth\u0435r-1", "Other-1"),
        _alike("a Greek letter", "\u039fther-1", r"\u039fther-1", "Other-1"),
        _alike("a typographic hyphen", "CL\u20112", r"CL\u20112", "CL-2"),
        _alike("an en dash", "CL\u20132", r"CL\u20132", "CL-2"),
        _alike("a minus sign", "CL\u22122", r"CL\u22122", "CL-2"),
        _alike("leading zeros lost", "123", "123", "000123"),
        _alike("a leading zero lost", "00123", "00123", "000123"),
        _alike("leading zeros added", "0000123", "0000123", "000123"),
        _unknown("never minted", "CL-999", "CL-999"),
        _unknown("read as a number", "123.0", "123.0"),
        _unknown("a prefix of an id", "CL-", "CL-"),
        _unknown("an id and more", "CL-2-1", "CL-2-1"),
        _unknown("a wildcard", "CL-_", "CL-_"),
        _unknown("a domain", "some.example", "some.example"),
        _unknown("a target_id", "TGT-CL-2-1", "TGT-CL-2-1"),
        _unknown("two ids", "CL-2,Other-1", "CL-2,Other-1"),
        _unknown("SQL", "CL-2'; drop schema cl cascade; --", "CL-2'; drop schema cl cascade; --"),
        _unknown("SQL that is always true", "' or ''='", "' or ''='"),
        _unknown("Jinja", "{{ invocation_id }}", "{{ invocation_id }}"),
        _unknown("a backslash", r"CL\2", r"CL\\2"),
        _unknown("an escape that is text", r"CL-2\u00a0", r"CL-2\\u00a0"),
        _unknown("an emoji", "\U0001f600", r"\U0001f600"),
        ("very long", WrongId("L" * 300, "ID011", f'"{"L" * 200}"...')),
        ("longer than any key", WrongId("K" * 3000, "ID011", f'"{"K" * 200}"...')),
    ]
)  # fmt: skip
"""By what is wrong with it."""
