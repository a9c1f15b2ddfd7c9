from pathlib import Path

import pytest

from conftest import REPOSITORY
from outreach_hub.errors import UsageError
from outreach_hub.profile import Target, load_target, target_name
from outreach_hub.project import Project
from outreach_hub.setup_profiles import write_profiles


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A checkout with the profiles.yml that `outreach setup` writes."""
    example = REPOSITORY.example_profiles.read_text()
    (tmp_path / "profiles.example.yml").write_text(example)
    project = Project(tmp_path)
    write_profiles(project)
    return project


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DBT_HOST": "db.example",
        "DBT_USER": "builder",
        "DBT_PASSWORD": "s3cr3t!",
        "DBT_DBNAME": "warehouse",
    }.items():
        monkeypatch.setenv(name, value)


def test_the_default_is_the_embedded_server(project: Project) -> None:
    target = load_target(project)
    assert target.is_embedded
    assert target.host == str(project.state_dir / "run")
    assert (target.user, target.dbname, target.schema) == ("outreach_build", "outreach", "outreach")


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("name", ["dev", "ci", "prod"])
def test_the_others_come_from_the_environment(project: Project, name: str) -> None:
    target = load_target(project, name)
    assert (target.host, target.port, target.user) == ("db.example", 5432, "builder")
    assert (target.dbname, target.password) == ("warehouse", "s3cr3t!")


def test_libpqs_variables_stand_in(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGHOST": "pg.example", "PGPORT": "6543", "PGUSER": "me"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PGDATABASE", "theirs")
    target = load_target(project, "prod")
    assert (target.host, target.port, target.user) == ("pg.example", 6543, "me")
    assert target.dbname == "theirs"


def test_only_prod_uses_the_schema_as_it_is(
    project: Project, elsewhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "ada")
    assert load_target(project, "dev").schema == "dev_ada"
    monkeypatch.setenv("DBT_SCHEMA", "pr_7")
    assert load_target(project, "ci").schema == "pr_7"
    assert load_target(project, "prod").schema == "outreach"


def test_prod_points_nowhere_by_default(project: Project) -> None:
    with pytest.raises(UsageError, match="PGHOST is not set") as raised:
        load_target(project, "prod")
    assert raised.value.hint
    assert raised.value.hint.startswith("export DBT_HOST=... or PGHOST=... (README, ")


def test_the_target_asked_for_wins(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_TARGET", "ci")
    assert target_name(project) == "ci"
    assert target_name(project, "dev") == "dev"


@pytest.mark.usefixtures("elsewhere")
def test_whoever_works_here_has_a_schema_that_can_be(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user, schema in {"Ann.Smith": "dev_ann_smith", "ann-b": "dev_ann_b"}.items():
        monkeypatch.setenv("USER", user)
        assert load_target(project, "dev").schema == schema
    for schema in ("dev_ann.smith", "Ann", "7days", "a" * 31):
        monkeypatch.setenv("DBT_SCHEMA", schema)
        with pytest.raises(UsageError, match=f"builds in the schema '{schema}'") as raised:
            load_target(project, "dev")
        assert raised.value.hint == "set DBT_SCHEMA, or schema in profiles.yml"


def test_a_setting_that_is_left_empty_is_none(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text(
        "outreach: {target: dev, outputs: {dev: {host: h, user: u, dbname: d, schema: s,"
        " port: , threads: , password: }}}"
    )
    target = load_target(Project(tmp_path))
    assert (target.port, target.password) == (5432, "")


def test_an_unknown_target_is_told_the_known_ones(project: Project) -> None:
    with pytest.raises(UsageError) as raised:
        load_target(project, "staging")
    assert raised.value.hint == "it has embedded, dev, ci, prod, spark, spark_thrift"


def test_a_port_that_is_no_number_is_named(
    project: Project, elsewhere: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PORT", "postgres")
    with pytest.raises(UsageError, match="not a number"):
        load_target(project, "dev")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no profiles.yml yet"),
        ("outreach: [", "cannot be read"),
        ("other: {}", "no profile 'outreach'"),
        ("outreach: {target: dev, outputs: {dev: {host: h, user: u}}}", "no 'database'"),
        ("outreach: {target: dev, outputs: {dev: {host: '{{ nope( }}'}}}", "cannot be rendered"),
        ("outreach: {target: dev, outputs: {dev: {host: }}}", "no 'host'"),
        ("outreach: {target: dev, outputs: {dev: {host: h}, mine: }}", "not targets with settings"),
        ("outreach: {target: dev, outputs: nope}", "not targets with settings"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "profiles.yml").write_text(content)
    with pytest.raises(UsageError, match=said) as raised:
        load_target(Project(tmp_path))
    assert raised.value.where == str(tmp_path / "profiles.yml")


@pytest.mark.usefixtures("elsewhere")
def test_the_password_is_in_no_text_of_the_target(project: Project) -> None:
    target = load_target(project, "prod")
    assert "s3cr3t!" not in f"{target!r} {target} {target.url()}"


def test_urls_are_quoted() -> None:
    target = Target("dev", "h", 5432, "a b@c", "d/e", "s")
    assert target.url() == "postgresql://a%20b%40c@h:5432/d%2Fe"
    socket = Target("embedded", "/a b/run", 5432, "u", "d", "s")
    assert socket.url() == "postgresql://u@/d?host=%2Fa%20b%2Frun&port=5432"
