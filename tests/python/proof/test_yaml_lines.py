"""Where YAML speaks of what a finding is about."""

from __future__ import annotations

import pytest

from outreach_hub.proof.yaml_lines import line_in

TEXT = """\
version: 2
sources:
  - name: outreach_raw
    tables:
      - name: certificates
        columns:
          - {name: person_id}
models:
  - description: one before its name
    name: people
    columns:
      - name: Person_ID
      - description: "{{ doc('target_id') }}"
        name: '"target_id"'
"""


@pytest.mark.parametrize(
    ("name", "column", "line"),
    [
        ("people", "", 9),
        ("people", "person_id", 12),
        ("people", "target_id", 13),
        ("people", "elsewhere", 9),
        ("certificates", "", 5),
        ("certificates", "person_id", 7),
        ("nothing", "", 1),
    ],
)
def test_the_line_that_declares(name: str, column: str, line: int) -> None:
    assert line_in(TEXT, name, column) == line


@pytest.mark.parametrize(
    "text", ["", "models:", "models: [1, {name: []}]", "- a", "a: [", "a: {{ b }}"]
)
def test_what_is_no_declaration_has_no_line(text: str) -> None:
    assert line_in(text, "people", "person_id") == 1
