import re
from pathlib import Path

import pytest
import yaml

from conftest import REPOSITORY
from outreach_hub import __version__
from outreach_hub.errors import UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.project import PROJECT_FILE, Project


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / PROJECT_FILE).touch()
    (tmp_path / "models" / "people").mkdir(parents=True)
    return tmp_path


def test_is_found_from_any_folder_below(checkout: Path) -> None:
    assert Project.find(checkout / "models" / "people").root == checkout


def test_a_variable_names_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(checkout))
    assert Project.find(Path("/")).root == checkout


def test_a_variable_that_names_another_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_PROJECT_DIR", str(tmp_path))
    with pytest.raises(UsageError, match="a folder without"):
        Project.find()


def test_outside_of_any_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        Project.find(tmp_path)
    assert raised.value.hint and "OUTREACH_PROJECT_DIR" in raised.value.hint


def test_dbts_own_variables_move_its_folders(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_PROFILES_DIR", "elsewhere")
    monkeypatch.setenv("DBT_TARGET_PATH", "/somewhere/target")
    project = Project(checkout)
    assert project.profiles_file == checkout / "elsewhere" / "profiles.yml"
    assert project.target_dir == Path("/somewhere/target")


def test_runner_project_and_changelog_are_of_one_version() -> None:
    settings = yaml.safe_load((REPOSITORY.root / PROJECT_FILE).read_text(encoding="utf-8"))
    assert settings["version"] == __version__
    changes = (REPOSITORY.root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(line for line in changes.splitlines() if line.startswith("## "))
    assert newest.startswith(f"## {__version__}")


def test_readme_has_every_exit_code() -> None:
    text = (REPOSITORY.root / "README.md").read_text(encoding="utf-8")
    said = text.split("Exit codes:")[1].split("\n## ")[0]
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", said, re.MULTILINE)]
    assert codes == [code.value for code in ExitCode]


def test_one_range_of_pythons_is_said() -> None:
    texts = [(REPOSITORY.root / name).read_text(encoding="utf-8")
             for name in ("README.md", "Makefile", "pyproject.toml")]  # fmt: skip
    for text, said in zip(
        texts, ("Python 3.10 to 3.13", "Python 3.10 to 3.13", '">=3.10,<3.14"'), strict=True
    ):
        assert said in text
