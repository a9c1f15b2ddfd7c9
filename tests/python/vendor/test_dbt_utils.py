"""What dbt-utils documents of the macros in use here, said as examples.

One run of dbt answers for all examples, save those that dbt is to refuse before it runs anything.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dbt.artifacts.schemas.results import NodeResult
from dbt.cli.main import dbtRunnerResult
from dbt_common.exceptions import CompilationError

MODELS = {
    "amounts": """
        select
            id, amount, least, most, "Order", was_on
        from (values
            (1,    0, 0,    10,   'first',  date '2024-02-29'),
            (2,   10, 0,    10,   'second', date '2024-12-31'),
            (3,   -5, -9,   null, 'third',  date '2025-01-01'),
            (4, null, 0,    10,   'fourth', null),
            (5,   11, null, 10,   'fifth',  date '2025-01-01')
        ) as amounts (id, amount, least, most, "Order", was_on)
    """,
    "pairs": """
        select month, product, "group", note
        from (values
            (1, 'ink',   'a', 'x'),
            (1, 'paper', 'a', 'x'),
            (2, 'ink',   'b', null),
            (2, 'paper', 'b', null),
            (2, 'paper', 'c', 'y')
        ) as pairs (month, product, "group", note)
    """,
    "nobody": "select 1 as id, 'none' as word where false",
}


@dataclass(frozen=True)
class Example:
    """A generic test on a model or one of its columns, and how many failing rows it is to find."""

    test: str
    says: str
    failures: int | None
    model: str
    column: str | None
    quoted: bool
    where: str | None
    arguments: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.test}__{self.says.replace(' ', '_')}"


def example(
    test: str,
    says: str,
    failures: int | None,
    *,
    model: str = "amounts",
    column: str | None = None,
    quoted: bool = False,
    where: str | None = None,
    **arguments: Any,
) -> Example:
    return Example(test, says, failures, model, column, quoted, where, arguments)


in_range = partial(example, "accepted_range", column="amount")
unique = partial(example, "unique_combination_of_columns", model="pairs")

EXAMPLES = [
    in_range("a minimum is itself inside", 1, min_value=0),
    in_range("a maximum is itself inside", 1, max_value=10),
    in_range("both ends are inside", 2, min_value=0, max_value=10),
    in_range("exclusive leaves the minimum out", 2, min_value=0, inclusive=False),
    in_range("exclusive leaves the maximum out", 2, max_value=10, inclusive=False),
    in_range("exclusive leaves both ends out", 4, min_value=0, max_value=10, inclusive=False),
    in_range("inclusive is the default", 2, min_value=0, max_value=10, inclusive=True),
    in_range("zero is a bound like any other", 3, min_value=-100, max_value=0, inclusive=False),
    in_range("nothing is inside an empty range", 4, min_value=5, max_value=4),
    in_range("no bound at all accepts everything", 0),
    in_range("a null is inside any range", 0, min_value=100, where="amount is null"),
    in_range("a bound may be a column", 1, max_value="most"),
    in_range("a bound that is null accepts", 0, min_value="least"),
    in_range(
        "a null bound does not excuse the other", 1, min_value=0, max_value="most", where="id = 3"
    ),
    in_range("a bound may be an expression", 3, min_value="least + 1", max_value="most - 1"),
    in_range("a bound may be a function", 0, column="was_on", max_value="current_date + 100000"),
    in_range(
        "dates compare",
        2,
        column="was_on",
        min_value="date '2024-02-29'",
        max_value="date '2024-12-31'",
    ),
    in_range(
        "texts compare", 3, column="Order", quoted=True, min_value="'fourth'", max_value="'second'"
    ),
    in_range("where narrows the rows", 1, min_value=1, where="id < 3"),
    in_range("where may leave no row", 0, min_value=1000, where="id > 5"),
    in_range("an empty model passes", 0, model="nobody", column="id", min_value=5),
    in_range("decimals compare", 1, max_value=10.5),
    unique("a pair that repeats fails", 1, combination_of_columns=["product", "month"]),
    unique(
        "three columns tell them apart",
        0,
        combination_of_columns=["month", "product", "group"],
        quote_columns=True,
    ),
    unique("one column is a combination too", 2, combination_of_columns=["month"]),
    unique("each repeated combination counts once", 2, combination_of_columns=["product"]),
    unique("nulls are equal", 2, combination_of_columns=["month", "note"]),
    unique(
        "a null is not equal to a value", 0, combination_of_columns=["month", "product", "note"]
    ),
    unique(
        "quoting allows a reserved word", 2, combination_of_columns=["group"], quote_columns=True
    ),
    unique("columns may be quoted by hand", 0, combination_of_columns=["product", '"group"']),
    unique("an expression is a column", 2, combination_of_columns=["month % 2"]),
    unique(
        "where narrows the rows",
        0,
        combination_of_columns=["product", "month"],
        where="\"group\" <> 'c'",
    ),
    unique("an empty model passes", 0, combination_of_columns=["id", "word"], model="nobody"),
]


# What makes no sense is an error, and never a test that passes.
BROKEN = [
    example("accepted_range", "needs a column", None, min_value=0),
    in_range("no such column", None, column="nothing", min_value=0),
    in_range("no such bound", None, max_value="nothing"),
    in_range("a bound of another type", None, min_value="date '2024-02-29'"),
    unique("no such column", None, combination_of_columns=["month", "nothing"]),
    unique("no columns", None, combination_of_columns=[]),
    unique("reserved unquoted", None, combination_of_columns=["group"]),
    unique("quoting keeps case", None, combination_of_columns=["Month"], quote_columns=True),
    unique("needs columns", None),
]


def properties(*examples: Example) -> dict[str, Any]:
    """The examples as dbt's properties: one entry a model, its columns below it."""
    models: dict[str, Any] = {}
    for example in examples:
        model = models.setdefault(
            example.model, {"name": example.model, "data_tests": [], "columns": {}}
        )
        owner = model
        if example.column:
            column = {"name": example.column, "quote": example.quoted, "data_tests": []}
            owner = model["columns"].setdefault(example.column, column)
        owner["data_tests"].append(
            {
                f"dbt_utils.{example.test}": {
                    "name": example.name,
                    "arguments": example.arguments,
                    "config": {"where": example.where} if example.where else {},
                }
            }
        )
    listed = [model | {"columns": list(model["columns"].values())} for model in models.values()]
    return {"models": listed}


@pytest.fixture(scope="module")
def found(run_dbt: Callable[..., dbtRunnerResult]) -> dict[str, NodeResult]:
    """What dbt found for each example, by its name."""
    done = run_dbt("build", MODELS, properties(*EXAMPLES, *BROKEN))
    assert done.exception is None, done.exception
    return {result.node.name: result for result in done.result}


def by_name(example: Example) -> str:
    return example.name


@pytest.mark.parametrize("example", EXAMPLES, ids=by_name)
def test_finds_just_the_failing_rows(example: Example, found: dict[str, NodeResult]) -> None:
    result = found[example.name]
    assert result.failures == example.failures, result.message
    assert result.status == ("fail" if example.failures else "pass")


@pytest.mark.parametrize("example", BROKEN, ids=by_name)
def test_what_cannot_run_is_an_error(example: Example, found: dict[str, NodeResult]) -> None:
    assert found[example.name].status == "error"


def test_an_unknown_argument_does_not_parse(run_dbt: Callable[..., dbtRunnerResult]) -> None:
    misspelt = in_range("misspelt", None, minimum=0)
    done = run_dbt("parse", MODELS, properties(misspelt))
    assert isinstance(done.exception, CompilationError)
    assert "minimum" in str(done.exception)


def test_the_stand_in_is_just_what_the_project_calls() -> None:
    """Not for another copy of the package: this is about the stand-in alone."""
    root = Path(__file__).resolve().parents[3]
    folders = ("models", "macros", "tests/generic", "tests/singular")
    files = [path for folder in folders for path in (root / folder).rglob("*.*")]
    called = {
        name
        for path in files
        if path.suffix in (".sql", ".yml")
        for name in re.findall(r"\bdbt_utils\.(\w+)", path.read_text(encoding="utf-8"))
    }
    assert {path.stem for path in (root / "vendor/dbt_utils/macros").iterdir()} == called
