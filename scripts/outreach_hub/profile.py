"""The connection settings of a target, read from profiles.yml without importing dbt.

dbt takes two seconds to import; `outreach db status` and `outreach load` need only five settings.
Jinja is rendered as dbt renders it for profiles: `env_var` and the `as_*` filters, nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from outreach_hub.dbt_options import of_environment
from outreach_hub.errors import UsageError
from outreach_hub.yaml_files import read_mapping

if TYPE_CHECKING:
    from outreach_hub.project import Project

PROFILE = "outreach"
EMBEDDED = "embedded"
POSTGRES = "postgres"
SPARK = "spark"
SESSION = "session"
THRIFT = "thrift"
SPARK_REMOTE = "SPARK_REMOTE"

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,29}")
"""What needs no quotes, and leaves room in the 63 bytes of a name for what is put behind it."""


@dataclass(frozen=True)
class Target:
    """One output of the profile. The password is kept out of `repr`, logs and `url`."""

    name: str
    host: str
    port: int
    user: str
    dbname: str
    schema: str
    password: str = field(default="", repr=False)
    sslmode: str | None = None
    connect_timeout: int = 10

    @property
    def is_embedded(self) -> bool:
        return self.name == EMBEDDED

    def url(self, user: str | None = None) -> str:
        """A libpq URL, without the password: PGPASSWORD or a .pgpass file gives it."""
        user = quote(user or self.user, safe="")
        dbname = quote(self.dbname, safe="")
        if self.host.startswith("/"):
            # libpq reads %20, and no + for a blank.
            query = urlencode({"host": self.host, "port": self.port}, quote_via=quote)
            return f"postgresql://{user}@/{dbname}?{query}"
        return f"postgresql://{user}@{self.host}:{self.port}/{dbname}"


@dataclass(frozen=True)
class SparkTarget:
    """An output of the profile that is Spark's: in this process, or at an endpoint."""

    name: str
    method: str
    host: str
    schema: str
    parameters: Mapping[str, str]
    """server_side_parameters: Spark's own settings."""
    remote: str = ""
    """The Spark Connect endpoint that a session is of, by Spark's own SPARK_REMOTE; '' for one in
    this process."""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """All of the output's, the password among them: what dbt connects to an endpoint with."""

    @property
    def is_session(self) -> bool:
        return self.method == SESSION

    @property
    def is_in_process(self) -> bool:
        return self.is_session and not self.remote


def target_name(project: Project, asked: str | None = None) -> str:
    """The target in force: the one asked for, else DBT_TARGET, else the profile's default."""
    named = asked or of_environment("TARGET")
    if named:
        return named
    return str(_render(_profile(project).get("target", "default"), project.profiles_file))


def is_spark(project: Project, asked: str | None = None) -> bool:
    """Whether the target in force is one of Spark's."""
    name = target_name(project, asked)
    return bool(_outputs(project, name)[name].get("type") == SPARK)


def load_target(project: Project, asked: str | None = None) -> Target:
    """The settings of a target on Postgres, with its environment variables filled in."""
    name, settings = _settings(project, asked)
    if settings.get("type", POSTGRES) != POSTGRES:
        raise UsageError(
            f"the target {name!r} is on {settings['type']}, and this is only for Postgres",
            where=str(project.profiles_file),
            hint="docs/spark.md lists what there is on Spark; --target names another target",
        )
    try:
        if int(settings.get("threads", 1)) < 1:
            raise UsageError(
                f"the target {name!r} has {settings['threads']} threads, and dbt needs one",
                where=str(project.profiles_file),
                hint="set DBT_THREADS, or threads, to 1 or more",
            )
        return Target(
            name=name,
            host=str(settings["host"]),
            port=int(settings.get("port", 5432)),
            user=str(settings["user"]),
            dbname=str(settings.get("dbname") or settings["database"]),
            schema=_schema(project, name, settings),
            password=str(settings.get("password", settings.get("pass", ""))),
            sslmode=settings.get("sslmode"),
            connect_timeout=int(settings.get("connect_timeout", 10)),
        )
    except KeyError as missing:
        raise _lacking(project, name, missing.args[0]) from None
    except ValueError as wrong:
        raise UsageError(
            f"the target {name!r} has a setting that is not a number: {wrong}",
            where=str(project.profiles_file),
        ) from None


def load_spark_target(project: Project, asked: str | None = None) -> SparkTarget:
    """The settings of a target on Spark, with its environment variables filled in."""
    name, settings = _settings(project, asked)
    if settings.get("type", POSTGRES) != SPARK:
        raise UsageError(
            f"the target {name!r} is not on Spark",
            where=str(project.profiles_file),
            hint="--target spark names the one of profiles.example.yml",
        )
    try:
        return SparkTarget(
            name=name,
            method=str(settings["method"]),
            host=str(settings.get("host", "")),
            schema=_schema(project, name, settings),
            parameters={
                str(key): str(value)
                for key, value in (settings.get("server_side_parameters") or {}).items()
            },
            remote=os.environ.get(SPARK_REMOTE, ""),
            settings=settings,
        )
    except KeyError as missing:
        raise _lacking(project, name, missing.args[0]) from None


def example_target(project: Project, name: str) -> dict[str, Any]:
    """A target of profiles.example.yml, by which SQL is proved; nothing where it has none such."""
    profile = read_mapping(project.example_profiles).get(PROFILE) or {}
    return dict((profile.get("outputs") or {}).get(name) or {})


def _outputs(project: Project, name: str) -> dict[str, Any]:
    """The targets by name, each with its settings; what is left empty is not set."""
    outputs = _profile(project).get("outputs") or {}
    if not isinstance(outputs, dict) or not all(isinstance(o, dict) for o in outputs.values()):
        raise UsageError(
            f"the outputs of the profile {PROFILE!r} are not targets with settings",
            where=str(project.profiles_file),
            hint="compare it with profiles.example.yml, or run `outreach setup --force`",
        )
    if name not in outputs:
        raise UsageError(
            f"no target {name!r} in the profile {PROFILE!r}",
            where=str(project.profiles_file),
            hint=f"it has {', '.join(outputs) or 'none'}",
        )
    return {
        target: {key: value for key, value in settings.items() if value is not None}
        for target, settings in outputs.items()
    }


def _schema(project: Project, name: str, settings: Mapping[str, Any]) -> str:
    schema = str(settings["schema"])
    if not _SCHEMA.fullmatch(schema):
        raise UsageError(
            f"the target {name!r} builds in the schema {schema!r}, and a schema's name is of small"
            " letters, digits and _ here, 30 at most",
            where=str(project.profiles_file),
            hint="set DBT_SCHEMA, or schema in profiles.yml",
        )
    return schema


def _settings(project: Project, asked: str | None) -> tuple[str, dict[str, Any]]:
    """The name of the target in force, and its settings with their variables filled in."""
    name = target_name(project, asked)
    return name, _rendered(_outputs(project, name)[name], project.profiles_file)


def _rendered(settings: Mapping[str, Any], path: Path) -> dict[str, Any]:
    return {
        key: _rendered(value, path) if isinstance(value, dict) else _render(value, path)
        for key, value in settings.items()
    }


def _lacking(project: Project, name: str, setting: str) -> UsageError:
    return UsageError(f"the target {name!r} has no {setting!r}", where=str(project.profiles_file))


def write_profile_beside(project: Project, target: Target, folder: Path) -> None:
    """A profiles.yml with a target of the project's own, in the schema that `target` says.

    The settings are written as they are in the project's file, unrendered: what the environment
    holds, passwords above all, stays there.
    """
    settings = {**_profile(project)["outputs"][target.name], "schema": target.schema}
    write_profile(folder, target.name, settings)


def write_profile(folder: Path, target: str, settings: Mapping[str, Any]) -> None:
    """A profiles.yml with one target, which nobody else may read."""
    import yaml

    profile = {PROFILE: {"target": target, "outputs": {target: dict(settings)}}}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "profiles.yml"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(profile, sort_keys=False), encoding="utf-8")


def _profile(project: Project) -> dict[str, Any]:
    path = project.profiles_file
    if not path.exists():
        raise UsageError(
            "there is no profiles.yml yet", where=str(path), hint="run `outreach setup`"
        )
    profile = read_mapping(path).get(PROFILE)
    if not isinstance(profile, dict):
        raise UsageError(
            f"profiles.yml has no profile {PROFILE!r}",
            where=str(path),
            hint="compare it with profiles.example.yml, or run `outreach setup --force`",
        )
    return profile


def _render(value: Any, path: Path) -> Any:
    if not isinstance(value, str) or "{" not in value:
        return value
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(finalize=lambda found: "" if found is None else found)
    environment.globals["env_var"] = _env_var
    environment.filters.update(as_number=str, as_text=str, as_native=str, as_bool=str)
    try:
        return environment.from_string(value).render()
    except TemplateError as broken:
        raise UsageError(f"profiles.yml cannot be rendered: {broken}", where=str(path)) from None


def _env_var(name: str, default: Any = None) -> Any:
    value = os.environ.get(name, default)
    if value is None:
        raise UsageError(
            f"the environment variable {name} is not set, and this target needs it",
            hint=f"export {_either(name)} (README, 'A real CL and a real Postgres')",
        )
    return value


def _either(name: str) -> str:
    """The variable that is lacking, after the project's own that it stands in for."""
    own = {"PGHOST": "DBT_HOST", "PGUSER": "DBT_USER", "PGDATABASE": "DBT_DBNAME"}.get(name)
    return f"{own}=... or {name}=..." if own else f"{name}=..."
