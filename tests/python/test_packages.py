"""dbt's packages with, without and with half of a hub."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from outreach_hub.errors import EnvironmentFailure, UsageError
from outreach_hub.packages import Origin, check_installed, install
from outreach_hub.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "packages.yml").write_text("packages:\n  - package: dbt-labs/dbt_utils\n")
    stand_in = tmp_path / "vendor" / "dbt_utils"
    stand_in.mkdir(parents=True)
    (stand_in / "dbt_project.yml").write_text("name: dbt_utils\nversion: stand-in\n")
    return Project(tmp_path)


@pytest.fixture
def installed(project: Project) -> Path:
    return project.packages_dir / "dbt_utils" / "dbt_project.yml"


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DBT_PACKAGE_HUB_URL", f"http://127.0.0.1:{holder.getsockname()[1]}/")


@pytest.fixture
def silent_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes the connection and never says a word, as a dropping firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("DBT_PACKAGE_HUB_URL", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        yield


@pytest.fixture
def broken_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lists a package that `dbt deps` can then not download."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"versions": {}}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DBT_PACKAGE_HUB_URL", f"http://127.0.0.1:{server.server_port}/")
    yield
    server.shutdown()
    server.server_close()


def test_a_missing_package_is_told_with_what_to_do(project: Project) -> None:
    with pytest.raises(UsageError, match="not installed: dbt-labs/dbt_utils") as raised:
        check_installed(project)
    assert raised.value.hint == "run `outreach deps`"
    install(project, Origin.STAND_IN)
    check_installed(project)


def test_nobody_sees_half_of_a_package_that_is_replaced(
    project: Project, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files go one by one: what is removed is no longer the package, nor is what is copied."""
    install(project, Origin.STAND_IN)
    seen: list[bool] = []
    remove, copy = shutil.rmtree, shutil.copytree

    def removing(path: Path, **options: Any) -> None:
        seen.append(path != installed.parent and installed.exists())
        remove(path, **options)

    def copying(source: Path, destination: Path) -> None:
        seen.append(destination != installed.parent and installed.exists())
        copy(source, destination)

    monkeypatch.setattr(shutil, "rmtree", removing)
    monkeypatch.setattr(shutil, "copytree", copying)
    install(project, Origin.STAND_IN)
    assert seen and all(seen)
    assert [path.name for path in project.packages_dir.iterdir()] == ["dbt_utils"]


def test_offline_asks_nobody(project: Project, installed: Path, silent_hub: None) -> None:
    started = time.monotonic()
    assert install(project, Origin.STAND_IN) is Origin.STAND_IN
    assert time.monotonic() - started < 1
    assert "stand-in" in installed.read_text()


def test_an_unreachable_hub_is_told(
    project: Project, installed: Path, no_hub: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install(project) is Origin.STAND_IN
    assert installed.exists()
    assert "out of reach" in capsys.readouterr().err


def test_a_silent_hub_is_given_up_within_five_seconds(
    project: Project, installed: Path, silent_hub: None
) -> None:
    started = time.monotonic()
    assert install(project) is Origin.STAND_IN
    assert time.monotonic() - started < 5
    assert installed.exists()


def test_a_hub_that_fails_half_way_is_told(
    project: Project, installed: Path, broken_hub: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "dbt_project.yml").write_text("name: x\nprofile: x\n")
    assert install(project) is Origin.STAND_IN
    assert installed.exists()
    assert "out of reach" in capsys.readouterr().err


def test_asked_for_the_hub_the_stand_in_is_refused(
    project: Project, installed: Path, no_hub: None
) -> None:
    with pytest.raises(EnvironmentFailure, match="out of reach"):
        install(project, Origin.HUB)
    assert not installed.exists()


def test_what_was_installed_is_replaced(project: Project, installed: Path) -> None:
    stale = installed.parent / "macros" / "gone.sql"
    stale.parent.mkdir(parents=True)
    stale.touch()
    install(project, Origin.STAND_IN)
    assert installed.exists()
    assert not stale.exists()
    assert [path.name for path in project.packages_dir.iterdir()] == ["dbt_utils"]


def test_without_a_stand_in_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no stand-in"):
        install(Project(tmp_path), Origin.STAND_IN)


def test_a_broken_packages_file_is_named(project: Project) -> None:
    (project.root / "packages.yml").write_text("packages: [")
    with pytest.raises(UsageError, match="cannot be read"):
        install(project)
