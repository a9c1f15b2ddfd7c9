"""The documentation: nothing undescribed, the proof on each page, one colour a layer."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import HEEDS_CTRL_C, CliResult
from identity.hub import Hub
from outreach_hub import docs_site
from outreach_hub.exits import ExitCode
from outreach_hub.proof import prove
from outreach_hub.proof.verdict import Finding, Verdict

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.long

Run = Callable[..., CliResult]

LAYERS = (
    *("staging", "company_target", "people", "dol", "blog", "execution"),
    *("marts", "outbound"),
)


@pytest.fixture
def own(manifest: Manifest) -> Manifest:
    """A manifest to be altered."""
    return copy.deepcopy(manifest)


@pytest.fixture(scope="module")
def verdict(any_hub: Hub) -> Verdict:
    return prove(any_hub.project)


def test_everything_is_described(manifest: Manifest) -> None:
    assert docs_site.gaps(manifest) == []


def test_what_is_not_described_is_named_with_its_file(own: Manifest) -> None:
    own.nodes["model.outreach.people"].columns["email"].description = " "
    own.macros["macro.outreach.folded"].arguments[0].description = ""
    next(iter(own.exposures.values())).description = ""
    missing = docs_site.gaps(own)
    assert len(missing) == 3
    assert missing[0].startswith("column people.email (models/people/")
    assert missing[1].startswith("argument value of folded (macros/evidence/folded.sql")
    assert missing[2].startswith("exposure ")


def test_every_proof_is_on_its_model(own: Manifest, verdict: Verdict) -> None:
    docs_site.put_in(own, verdict)
    assert len(verdict.paths) == len(verdict.proved) > 50
    pages = {node.name: node.description for node in own.nodes.values()}
    for name, path in verdict.paths.items():
        page = pages[name.split(".")[0]]
        assert "\n".join(f"    {hop}" for hop in path) in page
        assert "| ID002 | company_unique_id is CL's own value, byte for byte |" in page
        assert "Not proved" not in page


def test_what_guards_a_model_is_on_its_page(own: Manifest, verdict: Verdict) -> None:
    docs_site.put_in(own, verdict)
    page = own.nodes["model.outreach.people"].description.splitlines()
    for guard in (
        "- the gate `conserves_records`",
        "- the gate `matches_target`",
        "- not null on company_unique_id, kept by the database",
        "- foreign key (target_id, company_unique_id) to outreach.company_target "
        "(target_id, company_unique_id), kept by the database",
    ):
        assert any(line.startswith(guard) for line in page), guard


def test_a_finding_stands_where_its_model_is_read(own: Manifest, verdict: Verdict) -> None:
    finding = Finding(
        "ID003", "people", "models/people/people.sql", 24, "reached by domain", "join on the id"
    )
    docs_site.put_in(own, Verdict(findings=[finding], paths=verdict.paths))
    assert "- ID003 `people`: reached by domain" in own.nodes["model.outreach.people"].description


def test_a_model_without_identity_keeps_its_description(own: Manifest, verdict: Verdict) -> None:
    before = own.nodes["model.outreach.dim_dates"].description
    docs_site.put_in(own, verdict)
    assert own.nodes["model.outreach.dim_dates"].description == before


def test_each_layer_has_a_colour_of_its_own(manifest: Manifest) -> None:
    colours: dict[str, set[str | None]] = {}
    for node in manifest.nodes.values():
        if node.resource_type == "model":
            colours.setdefault(node.fqn[1], set()).add(node.config.docs.node_color)
    assert set(colours) == set(LAYERS)
    assert all(len(found) == 1 and None not in found for found in colours.values())
    assert len({found.pop() for found in colours.values()}) == len(LAYERS)


def test_the_page_is_one_file_with_the_proof_in_it(built: Hub, outreach: Run) -> None:
    done = outreach("docs")
    page = built.project.target_dir / "docs" / "index.html"
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (ExitCode.GOOD, str(page))
    text = page.read_text(encoding="utf-8")
    assert "people.company_unique_id  (models/people/people.sql)" in text
    assert '"node_color": "#c2410c"' in text
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]


def test_without_a_description_there_is_no_page(
    built: Hub, outreach: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        docs_site, "gaps", lambda manifest: [f"column people.c{n}" for n in range(12)]
    )
    done = outreach("docs")
    assert done.exit_code == ExitCode.USAGE
    lines = done.stderr.splitlines()
    assert "error: 12 things have no description:" in lines
    assert [f"  column people.c{n}" in lines for n in range(12)] == [True] * 12


def test_it_is_served_to_this_machine_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("the page")
    script = (
        HEEDS_CTRL_C + "import sys; from pathlib import Path\n"
        "from outreach_hub.docs_site import listening, serve\n"
        "serve(listening(Path(sys.argv[1]), 0), lambda url: print(url, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        url = server.stdout.readline().strip()
        try:
            assert url.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.read() == b"the page"
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0
