"""What dbt is told of production, so that what was not built here is read there.

dbt resolves a ref to the model's own schema if a relation is there, and otherwise to where the
state's manifest says that it is (`--defer`). That manifest is production's, with one change: a mart
is built in one schema and published in another, and only what is published may be read.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from outreach_hub.ci.state import MANIFEST
from outreach_hub.errors import UsageError


def write_state(manifest: dict[str, Any], folder: Path, database: str) -> Path:
    """Writes the manifest to defer to, and returns its folder."""
    _require_database(manifest, database)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(published(manifest))
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return folder


def published(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with every published model where its readers find it."""
    nodes = {
        unique_id: _published(node) if _publish_to(node) else node
        for unique_id, node in manifest["nodes"].items()
    }
    return {**manifest, "nodes": nodes}


def _published(node: dict[str, Any]) -> dict[str, Any]:
    prefix = node["schema"].removesuffix(node["config"]["schema"])
    schema = prefix + _publish_to(node)
    moved = copy.copy(node)
    moved["schema"] = schema
    moved["relation_name"] = f'"{node["database"]}"."{schema}"."{node["alias"]}"'
    return moved


def _publish_to(node: dict[str, Any]) -> str:
    return str((node["config"].get("meta") or {}).get("publish_to") or "")


def _require_database(manifest: dict[str, Any], database: str) -> None:
    others = {node["database"] for node in manifest["nodes"].values()} - {database, None}
    if others:
        raise UsageError(
            f"the state is of the database {', '.join(sorted(others))}, not of {database}",
            hint="compare with the production that is in this database, or name the other target;"
            " in a copy of that database, `outreach build --rebuild` stores a state of its own",
        )
