"""The standard world: identities that look wrong and are right, since CL has minted each of them.

Every one of them has a record in every landed table, so that a build of this world passes only if
no layer trims, folds, casts, normalises, escapes or otherwise improves an id.
"""

from __future__ import annotations

from identity.worlds import KEYS, World, moment

NFC, NFD = "Zo\u00eb-GmbH", "Zoe\u0308-GmbH"

LEGITIMATE = {
    "an upper-case id": "CL-1",
    "the same in lower case": "cl-1",
    "the same in title case": "Cl-1",
    "a Barton id": "04.04.01.74.42049.049",
    "a Barton id that differs at its end": "04.04.01.74.42049.050",
    "a UUID": "e6b55145-7290-5ca0-9ceb-e0301b3119e6",
    "the same UUID in upper case": "E6B55145-7290-5CA0-9CEB-E0301B3119E6",
    "a single letter": "A",
    "a single letter outside ASCII": "\u00e9",
    "a digit": "7",
    "a number with leading zeros": "007",
    "a number in scientific notation": "1E5",
    "the number it stands for": "100000",
    "a decimal": "1.50",
    "the same decimal, shorter": "1.5",
    "a negative number": "-1",
    "a boolean": "true",
    "a date": "2026-01-31",
    "eight characters": "ABCDEFGH",
    "eight characters and more": "ABCDEFGH-2",
    "blanks inside": "Acme 7 Holdings",
    "two blanks inside": "Acme  7 Holdings",
    "a leading blank": " CL-8",
    "a trailing blank": "CL-8 ",
    "neither": "CL-8",
    "a line break inside": "two\nlines",
    "a tab inside": "two\tcolumns",
    "a no-break space inside": "Acme\u00a09",
    "composed letters (NFC)": NFC,
    "decomposed letters (NFD)": NFD,
    "Chinese": "\u516c\u53f8-0001",
    "Arabic": "\u0634\u0631\u0643\u0629-1",
    "an emoji": "\U0001f3ed-1",
    "three hundred characters": "L" * 299 + "1",
    "two thousand six hundred bytes": "M" * 2600,
    "SQL": "'; drop table cl.company_identity; --",
    "a comment of SQL": "/* CL */-1",
    "Jinja": "{{ target.password }}",
    "a format": "%s-{0}-$1",
    "a backslash and quotes": 'C:\\"CL"\\n',
    "COPY's own null": "\\N",
    "wildcards of LIKE": "CL_%",
    "a word that starts like a placeholder": "Pendington-4",
    "another one": "Nullarbor",
    "and another one": "Unknownia",
    "N and a digit": "NA-1",
    "zeros and a one": "0-1",
}
"""What each id is like, and the id."""

QUIET = "QUIET-1"
"""A company of which nothing has landed."""

MINTED = {
    "CL-2": "plain",
    "000123": "leading zeros",
    "Caf\u00e9-1": "composed (NFC)",
    "Acme 70": "a blank inside",
    "Other-1": "another company",
}
"""Companies that the wrong rows resemble, or borrow from."""


def standard_world() -> World:
    """Companies, and for each but one a record in every landed table."""
    world = World(prefix="STD")
    ids = [*LEGITIMATE.values(), QUIET, *MINTED]
    for number, company_unique_id in enumerate(ids):
        world.company(company_unique_id, created_at=moment(1 + number % 28, year=2025))
        if company_unique_id != QUIET:
            world.outreach_to(company_unique_id)
    return world


def records_of(world: World, table: str) -> dict[str, str]:
    """Record id and company of every row of a landed table."""
    return {row[KEYS[table]]: row["company_unique_id"] for row in world.rows.get(table, [])}
