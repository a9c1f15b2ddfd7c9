"""The sources that dbt declares, for the runner: what a table is called, holds and is keyed by.

models/staging/*/_*__sources.yml is the only place that lists them. The loader creates and checks
tables by it, so that what is landed and what staging reads cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.errors import UsageError
from outreach_hub.variables import read_variables
from outreach_hub.yaml_files import entries, read_mapping

if TYPE_CHECKING:
    from outreach_hub.project import Project

SOURCE_FILES = "staging/*/_*__sources.yml"


@dataclass(frozen=True)
class SourceColumn:
    """A column and its type, as Postgres calls it."""

    name: str
    data_type: str


@dataclass(frozen=True)
class SourceTable:
    """A table of a source. `schema` is where it is; `source` is what dbt and the user call it."""

    source: str
    schema: str
    name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]
    version: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.source}.{self.name}"

    @property
    def row_key(self) -> tuple[str, ...]:
        """What tells one row from another: the key, and the version where a table keeps several."""
        return (*self.key, self.version) if self.version else self.key


@dataclass(frozen=True)
class Sources:
    """Every source table of the project."""

    tables: tuple[SourceTable, ...]

    def __iter__(self) -> Iterator[SourceTable]:
        return iter(self.tables)

    def find(self, name: str) -> SourceTable:
        """The table that `name` means: `cl.company_identity`, or `people` alone."""
        for table in self.tables:
            if name in (table.full_name, table.name):
                return table
        raise UsageError(
            f"no source table is called {name!r}",
            hint="one of " + ", ".join(table.full_name for table in self.tables),
        )


def read_sources(project: Project, variables: Mapping[str, Any] | None = None) -> Sources:
    """The project's sources, their schemas filled in from the vars; from those of dbt_project.yml,
    where no others are in force."""
    if variables is None:
        variables = read_variables(project)
    tables: list[SourceTable] = []
    for path in sorted(project.models_dir.glob(SOURCE_FILES)):
        for source in entries(read_mapping(path), "sources", path):
            name = _required(source, "name", "a source", path)
            schema = _rendered(str(source.get("schema") or name), variables, path)
            listed = entries(source, "tables", path, name)
            tables += [_table(name, schema, each, path) for each in listed]
    return Sources(tuple(tables))


def _required(entry: Mapping[str, Any], name: str, what: str, path: Path) -> str:
    if not entry.get(name):
        raise UsageError(f"{what} declares no {name}", where=str(path))
    return str(entry[name])


def _table(source: str, schema: str, table: Mapping[str, Any], path: Path) -> SourceTable:
    name = _required(table, "name", f"a table of {source}", path)
    full_name = f"{source}.{name}"
    config = table.get("config") or {}
    meta = (config.get("meta") if isinstance(config, dict) else None) or {}
    key = meta.get("key") if isinstance(meta, dict) else None
    if not isinstance(key, list) or not key:
        raise UsageError(
            f"{full_name} declares no key",
            where=str(path),
            hint="list its columns under config.meta: key: [person_id]",
        )
    columns = entries(table, "columns", path, full_name)
    if not columns:
        raise UsageError(f"{full_name} declares no columns", where=str(path))
    return SourceTable(
        source=source,
        schema=schema,
        name=name,
        columns=tuple(
            SourceColumn(
                _required(each, "name", f"a column of {full_name}", path),
                _required(each, "data_type", f"a column of {full_name}", path),
            )
            for each in columns
        ),
        key=tuple(map(str, key)),
        version=meta.get("version"),
    )


def _rendered(schema: str, variables: Mapping[str, Any], path: Path) -> str:
    """The schema with its `var()`s filled in; nothing else of dbt's is at hand here."""
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    def var(name: str, default: Any = None) -> Any:
        value = variables.get(name, default)
        if value is None:
            raise UsageError(
                f"the schema needs the var {name!r}, which is not set", where=str(path)
            )
        return value

    try:
        return SandboxedEnvironment().from_string(schema).render(var=var)
    except TemplateError as broken:
        raise UsageError(
            f"the schema {schema!r} cannot be rendered: {broken}", where=str(path)
        ) from None
