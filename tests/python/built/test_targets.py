"""Targets come back byte for byte, or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from built.conftest import build, publish
from conftest import CliResult
from identity.hub import Hub
from outreach_hub.database import connect_to
from outreach_hub.doctrine import MINTED
from outreach_hub.errors import IdentityFailure, UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.schemas import HubSchemas
from outreach_hub.targets import anchor_of, read_backup, restore_targets
from outreach_hub.targets.restore import Anchor

Run = Callable[..., CliResult]
Row = dict[str, str]

LOSE_ANCHOR = "drop table outreach.company_target cascade"
LOSE_REGISTRY = "drop schema outreach_audit cascade"


@pytest.fixture
def backup(once: Hub, outreach: Run, tmp_path: Path) -> Path:
    path = tmp_path / "targets.csv"
    assert outreach("targets", "export", str(path)).exit_code == ExitCode.GOOD
    return path


def change(hub: Hub, *statements: str) -> None:
    with hub.admin() as admin:
        for statement in statements:
            admin.execute(statement)


def identities(hub: Hub) -> list[tuple[Any, ...]]:
    return hub.rows(
        f"select {', '.join(MINTED)} from outreach.company_target "
        'order by company_unique_id collate "C"'
    )


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MINTED)
        writer.writeheader()
        writer.writerows(rows)


def test_the_backup_holds_every_target_exactly(once: Hub, backup: Path) -> None:
    assert {row["company_unique_id"]: row["target_id"] for row in read(backup)} == once.targets()
    assert tuple(read(backup)[0]) == MINTED


def test_standard_output_is_the_same_file(
    backup: Path, outreach_process: Callable[..., CliResult], once: Hub
) -> None:
    with once.entered():
        done = outreach_process("targets", "export", "-")
    assert done.exit_code == ExitCode.GOOD, done.stderr
    assert done.stdout.encode() == backup.read_bytes().replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "lost",
    [pytest.param((LOSE_ANCHOR,), marks=pytest.mark.long), (LOSE_ANCHOR, LOSE_REGISTRY)],
)
def test_a_lost_company_target_is_refused_then_restored(
    once: Hub, backup: Path, outreach: Run, lost: tuple[str, ...]
) -> None:
    before = identities(once)
    change(once, *lost)
    with pytest.raises(IdentityFailure) as refused:
        build(once)
    assert refused.value.code == "ID009"
    listed = once.rows("select record_key, expected from outreach_audit.identity_failures")
    records = once.rows("select distinct company_unique_id, target_id from outreach.people")
    assert {(company, f"{target}, as it was given") for company, target in records} <= set(listed)
    assert len(listed) == len(set(listed))
    restored = outreach("targets", "import", str(backup))
    assert restored.exit_code == ExitCode.GOOD, restored.output
    assert restored.stdout.startswith(f"{len(before):,} targets restored")
    assert identities(once) == before
    publish(once)
    assert identities(once) == before
    verified = outreach("verify")
    assert verified.exit_code == ExitCode.GOOD, verified.stdout


def test_the_registry_alone_is_backup_enough(once: Hub, outreach: Run, tmp_path: Path) -> None:
    before = identities(once)
    change(once, LOSE_ANCHOR)
    path = tmp_path / "from_registry.csv"
    assert outreach("targets", "export", str(path)).exit_code == ExitCode.GOOD
    assert outreach("targets", "import", str(path)).exit_code == ExitCode.GOOD
    assert identities(once) == before


def test_targets_lost_out_of_the_table_come_back(
    once: Hub, backup: Path, outreach: Run, tmp_path: Path
) -> None:
    before = identities(once)
    change(
        once,
        "set session_replication_role = replica",
        "delete from outreach.company_target where company_unique_id in ('007', 'CL-1')",
    )
    path = tmp_path / "again.csv"
    assert outreach("targets", "export", str(path)).exit_code == ExitCode.GOOD
    assert path.read_bytes() == backup.read_bytes(), "the registry has what the table lost"
    done = outreach("targets", "import", str(path))
    assert done.stdout.startswith("2 targets restored"), done.output
    assert identities(once) == before


def test_where_all_stands_nothing_changes(once: Hub, backup: Path, outreach: Run) -> None:
    before = once.rows("select * from outreach.company_target order by 1")
    done = outreach("targets", "import", str(backup))
    assert done.exit_code == ExitCode.GOOD
    assert done.stdout.startswith("nothing to restore: company_target already has all ")
    assert once.rows("select * from outreach.company_target order by 1") == before


def test_an_older_backup_agrees_with_more_targets(
    twice: Hub, outreach: Run, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    outreach("targets", "export", str(path))
    write(path, [row for row in read(path) if row["company_unique_id"] != "Late-1"])
    assert outreach("targets", "import", str(path)).exit_code == ExitCode.GOOD


def test_a_lost_registry_is_filled_again(once: Hub, backup: Path, outreach: Run) -> None:
    registry = "select target_id, company_unique_id from outreach_audit.target_registry order by 1"
    before = once.rows(registry)
    change(once, LOSE_REGISTRY)
    done = outreach("targets", "import", str(backup))
    assert f"{len(before):,} registered again" in done.stdout
    assert once.rows(registry) == before


class Wrong(NamedTuple):
    """What is done to database and backup, and why that is refused."""

    lost: tuple[str, ...]
    edit: Callable[[list[Row]], list[Row]]
    code: str
    said: str


def of(rows: list[Row], company: str) -> Row:
    return next(row for row in rows if row["company_unique_id"] == company)


def with_row(company: str, number: int = 1) -> Callable[[list[Row]], list[Row]]:
    def add(rows: list[Row]) -> list[Row]:
        target_id = f"TGT-{company[:8]}-{number}"
        values = (target_id, company, str(number), rows[0]["first_targeted_at"])
        return [*rows, dict(zip(MINTED, values, strict=True))]

    return add


def without(company: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if row["company_unique_id"] != company]


def swapped(rows: list[Row]) -> list[Row]:
    """Two companies of one prefix exchange their numbers, each well formed."""
    one, other = of(rows, "ABCDEFGH"), of(rows, "ABCDEFGH-2")
    for name in ("target_id", "sequence_num"):
        one[name], other[name] = other[name], one[name]
    return rows


def later(rows: list[Row]) -> list[Row]:
    of(rows, "CL-1")["first_targeted_at"] = "2020-01-01 00:00:00+00"
    return rows


def renumbered(rows: list[Row]) -> list[Row]:
    of(rows, "CL-1").update(target_id="TGT-CL-1-2", sequence_num="2")
    return rows


def mangled(rows: list[Row]) -> list[Row]:
    of(rows, "007").update(company_unique_id="7.0")
    return rows


ALL_LOST = (LOSE_ANCHOR, LOSE_REGISTRY)

WRONG = {
    "a swap against the table": Wrong((), swapped, "ID009", "contradicts outreach_audit."),
    "a swap against the table alone": Wrong(
        (LOSE_REGISTRY,), swapped, "ID009", "contradicts outreach.company_target"
    ),
    "a swap against the registry": Wrong(
        (LOSE_ANCHOR,), swapped, "ID009", "contradicts outreach_audit.target_registry"
    ),
    "a swap against records": Wrong(ALL_LOST, swapped, "ID009", "lacks targets that outreach."),
    "another first day": Wrong((LOSE_ANCHOR,), later, "ID009", "contradicts"),
    "a company of nobody, beside the table": Wrong(
        (LOSE_REGISTRY,), with_row("Nobody-1"), "ID009", "outreach.company_target does not have"
    ),
    "a company of nobody, beside the registry": Wrong(
        (LOSE_ANCHOR,), with_row("Nobody-1"), "ID009", "outreach_audit.target_registry does not"
    ),
    "a company that CL does not have": Wrong(
        ALL_LOST, with_row("Nobody-1"), "ID011", "cl.company_identity does not have (1): Nobody-1"
    ),
    "a target lacking that is registered": Wrong(
        (LOSE_ANCHOR,), without("QUIET-1"), "ID009", "lacks targets that outreach_audit."
    ),
    "a target lacking that has records": Wrong(
        ALL_LOST, without("CL-1"), "ID009", "lacks targets that outreach."
    ),
    "a number left out": Wrong(ALL_LOST, renumbered, "ID009", "the file is not whole"),
    "a company twice": Wrong(ALL_LOST, with_row("CL-1", 2), "ID009", "gives a company two targets"),
    "an id that a spreadsheet changed": Wrong(
        ALL_LOST, mangled, "ID006", "'TGT-007-1' is not the target_id of '7.0'"
    ),
}


@pytest.fixture(scope="session")
def anchor(any_hub: Hub) -> Anchor:
    with any_hub.entered():
        return anchor_of(any_hub.project, any_hub.target)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_what_contradicts_is_refused_whole(
    once: Hub, backup: Path, anchor: Anchor, wrong: Wrong
) -> None:
    write(backup, wrong.edit(read(backup)))
    change(once, *wrong.lost)
    state = "select to_regclass('outreach.company_target'), to_regnamespace('outreach_audit')"
    before = once.rows(state)
    with connect_to(once.target) as connection, pytest.raises(IdentityFailure) as refused:
        restore_targets(connection, HubSchemas(), anchor, backup, read_backup(backup))
    assert refused.value.exit_code == ExitCode.IDENTITY_FAILURE
    assert refused.value.code == wrong.code
    assert wrong.said in refused.value.message
    assert once.rows(state) == before


def test_cl_is_where_the_vars_say(once: Hub, backup: Path, outreach: Run) -> None:
    with once.admin() as admin:
        admin.execute("alter schema cl rename to lifecycle")
    variables = ("--vars", "{cl_schema: lifecycle}")
    done = outreach("targets", "import", str(backup), *variables)
    assert done.exit_code == ExitCode.GOOD, done.output


def test_the_command_exits_1_with_the_code(once: Hub, backup: Path, outreach: Run) -> None:
    write(backup, swapped(read(backup)))
    done = outreach("targets", "import", str(backup))
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert done.stderr.startswith("error ID009: the file contradicts ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a backup of targets"),
        (b"company_unique_id\nCL-1\n", "not a backup of targets"),
        (",".join(MINTED).encode() + b"\n", "a header and no targets"),
        (",".join(MINTED).encode() + b"\nTGT-CL-1-1,CL-1\n", "2 cells instead of 4"),
        (",".join(MINTED).encode() + b"\nTGT-CL-1-1,CL-1,one,2026-01-01\n", "no number"),
        (",".join(MINTED).encode() + b"\nTGT-CL-1-1,CL-1,1,soon\n", "no time"),
        (",".join(MINTED).encode() + b'\n"TGT-CL-1-1,CL-1,1,2026-01-01', "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_what_is_no_backup_is_a_usage_error(
    once: Hub, anchor: Anchor, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with connect_to(once.target) as connection, pytest.raises(UsageError) as refused:
        restore_targets(connection, HubSchemas(), anchor, path, read_backup(path))
    assert said in refused.value.message


def test_no_file_is_a_usage_error(once: Hub, outreach: Run, tmp_path: Path) -> None:
    assert outreach("targets", "import", str(tmp_path / "none.csv")).exit_code == ExitCode.USAGE


def test_a_folder_that_is_missing_is_made(once: Hub, outreach: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "targets.csv"
    assert outreach("targets", "export", str(path)).exit_code == ExitCode.GOOD
    assert list(path.parent.iterdir()) == [path]


def test_a_backup_of_a_contradiction_is_refused(once: Hub, outreach: Run, tmp_path: Path) -> None:
    change(
        once,
        "alter table outreach.company_target disable trigger identity_is_kept",
        "update outreach.company_target set first_targeted_at = now()",
    )
    path = tmp_path / "targets.csv"
    done = outreach("targets", "export", str(path))
    assert done.exit_code == ExitCode.IDENTITY_FAILURE
    assert "error ID009: " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_built_is_nothing_to_export_or_list(
    any_hub: Hub, outreach: Run, tmp_path: Path
) -> None:
    any_hub.reset()
    assert outreach("targets", "export", str(tmp_path / "x.csv")).exit_code == ExitCode.USAGE
    assert list(tmp_path.iterdir()) == []
    assert outreach("targets", "list").exit_code == ExitCode.USAGE


def test_the_list_shows_every_target_in_plain_letters(once: Hub, outreach: Run) -> None:
    lines = outreach("targets", "list").stdout.splitlines()
    assert lines[0].split() == ["target_id", "company_unique_id", "status", "tier", "since"]
    assert len(lines) == 1 + len(once.targets())
    assert any(r"two\nlines" in line for line in lines)
