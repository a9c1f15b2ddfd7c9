"""dbt's schemas are taken from a file only while they are what dbt would make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt_common.dataclass_schema import ValidationError, dbtClassMixin

from outreach_hub import dbt_schemas
from outreach_hub.dbt_schemas import remembered


@pytest.fixture
def contracts() -> Iterator[Any]:
    """A class of dbt's whose schema no other test has asked for."""
    from dbt.artifacts.resources import Quoting

    dbtClassMixin.json_schema.cache_clear()
    yield Quoting
    dbtClassMixin.json_schema.cache_clear()


def file_in(folder: Path) -> Path:
    (file,) = folder.glob("dbt_schemas.*.json")
    return file


def test_what_is_remembered_is_what_dbt_makes(contracts: Any, tmp_path: Path) -> None:
    own = contracts.json_schema()
    with remembered(tmp_path):
        assert contracts.json_schema() == own
    (remembers,) = json.loads(file_in(tmp_path).read_text()).values()
    assert remembers == json.loads(json.dumps(own))


def test_the_second_process_makes_none(
    contracts: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with remembered(tmp_path):
        contracts.json_schema()
    dbtClassMixin.json_schema.cache_clear()
    monkeypatch.setattr("dbt_common.dataclass_schema.build_json_schema", None)
    with remembered(tmp_path):
        contracts.validate({"database": True})
        with pytest.raises(ValidationError, match="'yes' is not valid"):
            contracts.validate({"database": "yes"})


def test_dbt_is_as_before_afterwards(tmp_path: Path) -> None:
    before = dbtClassMixin.__dict__["json_schema"]
    with pytest.raises(KeyError), remembered(tmp_path):
        raise KeyError
    assert dbtClassMixin.__dict__["json_schema"] is before


@pytest.mark.parametrize("damage", ["", "{", "[]", "null"])
def test_a_damaged_file_is_no_file(contracts: Any, tmp_path: Path, damage: str) -> None:
    with remembered(tmp_path):
        own = contracts.json_schema()
    whole = file_in(tmp_path).read_text()
    file_in(tmp_path).write_text(damage)
    with remembered(tmp_path):
        assert contracts.json_schema() == own
    assert file_in(tmp_path).read_text() == whole


def test_other_versions_have_a_file_of_their_own(tmp_path: Path) -> None:
    for name in ("dbt_core-1.11.1", "mashumaro-3.14"):
        (tmp_path / f"{name}.dist-info").mkdir()
    before = dbt_schemas._installed(tmp_path)
    (tmp_path / "dbt_spark-1.11.0.dist-info").mkdir()
    assert before is not None
    assert dbt_schemas._installed(tmp_path) not in (before, None)


def test_unknown_versions_have_none(tmp_path: Path) -> None:
    (tmp_path / "dbt_core-1.11.1.dist-info").mkdir()
    assert dbt_schemas._installed(tmp_path) is None
