"""Hubs that are added to, compared with what their models make: where that cannot be said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conftest import REPOSITORY
from outreach_hub import dbt
from outreach_hub.catalog.anew import verify_added
from outreach_hub.dbt import DbtRun, NodeOutcome
from outreach_hub.errors import DbtFailure


def test_a_model_that_does_not_compile_is_told_by_what_dbt_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = SimpleNamespace(
        name="send_log",
        resource_type="model",
        config=SimpleNamespace(materialized="incremental"),
        primary_key=["send_id"],
        compiled_code=None,
    )
    unique_id = "model.outreach.send_log"
    failed = NodeOutcome(
        unique_id, "send_log", "model", "error", "no such\nmacro", "models/send_log.sql", 0.1
    )

    def compile_it(*_: Any, **__: Any) -> DbtRun:
        result = SimpleNamespace(results=[SimpleNamespace(node=node)])
        return DbtRun("compile", success=False, seconds=0.1, outcomes=(failed,), result=result)

    monkeypatch.setattr(dbt, "run", compile_it)
    manifest = cast(Any, SimpleNamespace(nodes={unique_id: node}))
    with pytest.raises(DbtFailure, match="was not compared") as raised:
        list(verify_added(cast(Any, None), REPOSITORY, manifest))
    assert raised.value.where == "send_log: no such macro"
