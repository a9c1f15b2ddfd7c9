"""A metric whose column is gone is told when the project is read, not when it is asked for."""

from __future__ import annotations

import pytest

from outreach_hub import dbt
from outreach_hub.errors import DbtFailure
from outreach_hub.project import Project

FILE = "models/marts/_marts__semantic_models.yml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "expr: was_opened and",
            "expr: is_opened and",
            "the measure opened of sends reads is_opened, which fct_sends does not have",
        ),
        ("expr: send_id", "expr: sends_id", "the entity send of sends reads sends_id, which"),
        ("sent_date", "sent_day", "the dimension sent_day of sends reads sent_day, which"),
    ],
)
def test_a_column_that_is_not_there_is_named(
    project: Project, old: str, new: str, said: str
) -> None:
    path = project.root / FILE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(DbtFailure) as refused:
        dbt.parse(project)
    assert f"{FILE}: {said}" in str(refused.value)
