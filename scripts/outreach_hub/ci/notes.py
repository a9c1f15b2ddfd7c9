"""What else a reviewer has to know to trust the comparison: where it is not of code alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.ci.revision import commits_of, git, is_merged
from outreach_hub.console import counted
from outreach_hub.doctrine import ANCHOR

if TYPE_CHECKING:
    from outreach_hub.ci.difference import Difference
    from outreach_hub.ci.selection import Selection
    from outreach_hub.ci.state import State
    from outreach_hub.dbt import DbtRun

TO_BE_GRANTED = (
    "`grant pg_read_all_data` to the role of pull requests, or default privileges (docs/ci.md),"
    " since every build makes tables and schemas anew"
)
"""What a role of its own for pull requests lacks, where it may read only what once was there."""


def on_state(state: State, root: Path) -> Iterator[str]:
    """On what is compared with."""
    commit = state.revision.commit
    if state.revision.is_dirty:
        yield "Production was built from files that were never committed."
    if commit and is_merged(root, commit) is None:
        yield (
            f"This clone does not know {commit[:10]}, from which production was built: fetch it "
            "(actions/checkout: fetch-depth: 0). Until then what it changed may look changed back."
        )
    if commit and is_merged(root, commit) is False:
        yield (
            f"This checkout lacks {commit[:10]}, from which production was built: what that commit "
            f"changed looks changed back here. Merge {state.revision.branch} first."
        )
    branch = state.revision.branch
    if commit and branch and (ahead := commits_of(root, branch, since=commit)):
        yield (
            f"{branch} has {counted(ahead, 'commit')} that production was not built"
            " from yet: what they change looks changed here. Build production to see this change"
            " alone."
        )
    if state.project_variables is None:
        yield (
            "Which vars production's dbt_project.yml had is not in this state: they are not"
            f" compared. The day of its rows is taken to be {state.variables['as_of_date']}; "
            "`--vars '{as_of_date: ...}'` says another."
        )
    for path in _changed_files(root, commit, "seeds"):
        yield f"{path} is the demo's: `outreach demo` loads it, and no build reads it."


def on_variables(state: State, changed: Sequence[str], own: Mapping[str, Any]) -> Iterator[str]:
    """On vars that production was given, and that the pull request itself has changed."""
    for name in changed:
        built, here = state.variables.get(name), own.get(name)
        if name in state.variables and built != here:
            yield (
                f"The var {name} is as this dbt_project.yml has it ({_value(here)}); production was"
                f" built with {_value(built)}. A build to which --vars gives it does not feel this"
                " change."
            )


def on_publication(state: State | None, published: int | None) -> Iterator[str]:
    """On whose rows production's are."""
    if state and state.publication not in (None, published):
        yield (
            f"What production shows now (publication {published}) is not what it was built from "
            f"{state.revision.branch} (publication {state.publication}): it has been built from "
            "other code, in part, or rolled back since. Rows are compared with what it shows: "
            f"build it from {state.revision.branch} again to see what this change does to them."
        )


def on_build(
    selection: Selection,
    copied: tuple[str, ...],
    state: State | None,
    writes: Mapping[str, int],
) -> Iterator[str]:
    """On how what was built may differ for another reason than the code."""
    growing = [name for name in copied if name != ANCHOR]
    if growing:
        yield (
            f"{', '.join(growing)}: copied from production, then added to, as the next build will,"
            " or made from nothing where its code has changed. What is added to keeps its rows as"
            " they are until a full refresh."
        )
    if selection.catches_up:
        yield (
            f"{ANCHOR} is a copy brought up to what has landed since: targets given here are given "
            "here alone."
        )
    if state and state.source_writes:
        landed = sorted(
            name for name, count in writes.items() if state.source_writes.get(name) != count
        )
        if landed:
            yield (
                f"Written to since production was built: {', '.join(landed)}. Rows may differ for "
                "that reason."
            )


def on_privileges(run: DbtRun) -> Iterator[str]:
    """On a role that was refused: what it could read has been made anew since it was granted."""
    if any("permission denied" in each.message for each in run.failures):
        yield f"The role may not read all that production is made of. To do: {TO_BE_GRANTED}."


def on_spared(
    differences: Sequence[Difference], expected: Mapping[str, frozenset[str] | None]
) -> Iterator[str]:
    """On marts whose rows differ where their SQL does not, when readers of them were left out."""
    for each in differences:
        columns = expected.get(each.mart)
        if columns is None or each.is_none:
            continue
        unexpected = sorted(set(each.columns or ()) - columns)
        if each.added or each.removed:
            unexpected = ["its rows"]
        if unexpected:
            yield (
                f"{each.mart} differs in {', '.join(unexpected)}, though its SQL there is "
                "production's: something else has changed. --all-readers builds its readers too."
            )


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _changed_files(root: Path, commit: str | None, folder: str) -> list[str]:
    """Files of a folder that differ from a commit, in the working tree too."""
    told = git(root, "diff", "--name-only", commit, "--", folder) if commit else None
    return told.splitlines() if told else []
