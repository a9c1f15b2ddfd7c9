"""What is told of a node that failed."""

from __future__ import annotations

import pytest

from outreach_hub.build_summary import print_summary
from outreach_hub.dbt import DbtRun, NodeOutcome

CONTRACT = """\
Compilation Error in model rpt_x (models/marts/rpt_x.sql)
  This model has an enforced contract that failed.
  Please ensure the name, data_type, and number of columns in your contract match.

  | column_name | definition_type | contract_type | mismatch_reason     |
  | ----------- | --------------- | ------------- | ------------------- |
{rows}

  > in macro assert_columns_equivalent (macros/materializations/models/incremental.sql)
  > called by macro default__get_assert_columns_equivalent (macros/relations/columns_spec.sql)
"""


def told(capsys: pytest.CaptureFixture[str], message: str) -> list[str]:
    where = "models/marts/rpt_x.sql"
    failed = NodeOutcome("model.outreach.rpt_x", "rpt_x", "model", "error", message, where, 1)
    print_summary(DbtRun("build", success=False, seconds=1, outcomes=(failed,)))
    return capsys.readouterr().out.splitlines()


def test_every_row_of_a_table_is_told_and_no_macro(capsys: pytest.CaptureFixture[str]) -> None:
    rows = "\n".join(f"  | column_{n} | TEXT | | missing in contract |" for n in range(20))
    lines = told(capsys, CONTRACT.format(rows=rows))
    assert sum("missing in contract" in line for line in lines) == 20
    assert not any("macro" in line for line in lines)


def test_what_is_long_is_cut_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, "\n".join(f"line {n}" for n in range(30)))
    assert "  line 7" in lines and "  line 8" not in lines
    assert "  ... 22 more lines" in lines
