"""YAML that people write: read in one way, and what is wrong with it told as theirs to mend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from outreach_hub.errors import UsageError


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping that a file holds; an empty file holds an empty one. Raises UsageError."""
    try:
        return _mapping(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise UsageError(f"cannot be read: {broken}", where=str(path)) from None


def read_vars(text: str | None) -> dict[str, Any]:
    """The vars that `--vars` gives. Raises UsageError."""
    try:
        return _mapping(text or "")
    except ValueError as broken:
        said = " ".join(str(broken).split())
        raise UsageError(
            f"--vars cannot be read: {said}", where=text, hint="--vars '{as_of_date: 2026-01-31}'"
        ) from None


def entries(found: Mapping[str, Any], name: str, path: Path, of: str = "") -> list[dict[str, Any]]:
    """The mappings that are listed under a name of a mapping; none where it is not there.

    Raises UsageError, with whose list it is.
    """
    listed = found.get(name) or []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        whose = f"{name} of {of}" if of else f"{name}:"
        raise UsageError(f"{whose} is no list of mappings", where=str(path))
    return listed


def safe_loader() -> Any:
    """libyaml's, ten times as fast, where PyYAML was built with it."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _mapping(text: str) -> dict[str, Any]:
    """Raises ValueError, as YAML's own loader does for a date that no calendar has."""
    import yaml

    try:
        found = yaml.load(text, Loader=safe_loader())  # noqa: S506
    except yaml.YAMLError as broken:
        raise ValueError(str(broken)) from None
    if not isinstance(found or {}, dict):
        raise ValueError("it is no mapping of YAML")
    return found or {}
