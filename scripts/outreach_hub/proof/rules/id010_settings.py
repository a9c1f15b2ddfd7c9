"""Settings by which a gate would be armed here and not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.gates import GATES
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.yaml_switches import switches

CODE = "ID010"
TITLE = "no setting of a gate depends on a target, var or environment, and the guards run"
WHY = "A gate that is armed in CI and not in production guards CI."

_ARMED = {"skip_nodes_if_on_run_start_fails": True}
_GUARDS = {
    "check_project_graph": "on-run-start",
    "prepare_run": "on-run-start",
    "record_identity_failures": "on-run-end",
    "publish_marts": "on-run-end",
    "release_build": "on-run-end",
}


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    graph, settings = compiled.graph, compiled.settings
    for (name, path), names in compiled.loose_configs.items():
        yield Finding(
            CODE,
            name,
            path,
            min(names.values()),
            f"`config()` lets the outside decide {', '.join(sorted(names))}",
            "Write the value out.",
        )
    for path, text in sorted(graph.yaml_files.items()):
        for line, place, value in switches(text, path):
            yield Finding(
                CODE,
                path.rsplit("/", 1)[-1],
                path,
                line,
                f"`{place}` depends on the outside",
                "Write the value out.",
                sql=value,
            )
    if settings.get("dispatch"):
        yield _project(
            "dispatch: puts other macros in the place of those that were proved", "Take it out."
        )
    if any(mark in (settings.get("query_comment") or "") for mark in ("*/", "{{", "{%")):
        yield _project("query-comment: renders into every statement", "Take it out.")
    if settings.get("default_selector"):
        yield _project(
            f"every build runs the selector {settings['default_selector']}, and not all gates",
            "selectors.yml: take `default: true` out.",
        )
    yield from _flags(settings.get("flags", _ARMED))
    yield from _guards(compiled)
    yield from _gate_tests(compiled)


def _flags(flags: dict[str, Any]) -> Iterator[Finding]:
    if flags.get("skip_nodes_if_on_run_start_fails") is not True:
        yield _project(
            "a failed on-run-start hook would not stop the build",
            "flags: {skip_nodes_if_on_run_start_fails: true}",
        )
    if flags.get("indirect_selection", "eager") != "eager":
        yield _project("a build of some models would leave their tests out", "Take it out.")
    if flags.get("store_failures"):
        yield _project("every build would keep rows with ids outside the hub", "Take it out.")


def _gate_tests(compiled: Compiled) -> Iterator[Finding]:
    """A test whose macro is read from nowhere is declared, and never runs."""
    read = {fact.name for fact in compiled.macros.values()}
    used = {test.name for test in compiled.graph.tests} & set(GATES)
    for name in sorted(used) if read else ():
        if f"test_{name}" not in read:
            yield _project(f"the test {name} is not in any folder that is read", "test-paths")


def _guards(compiled: Compiled) -> Iterator[Finding]:
    if not compiled.settings:
        return
    called: dict[str, str] = {}
    for (ident, index), names in compiled.hook_calls.items():
        if index == -1:
            for name in names or ():
                called.setdefault(name, ident)
    before = (-1, "")
    for name, place in _GUARDS.items():
        if place not in called.get(name, ""):
            yield _project(f"`{place}` no longer calls {name}()", f'{place}: "{{{{ {name}() }}}}"')
            continue
        at = int(called[name].rsplit("-", 1)[-1])
        if at < before[0] and _GUARDS[before[1]] == place:
            fix = f"Call them in the order {', '.join(n for n in _GUARDS if _GUARDS[n] == place)}."
            yield _project(f"`{place}` calls {name}() before {before[1]}()", fix)
        before = (at, name)


def _project(reason: str, fix: str) -> Finding:
    return Finding(CODE, "dbt_project", "dbt_project.yml", 1, reason, fix)


REFUSED = (
    Example(
        "a severity that the target decides",
        yaml_files={
            "models/people/_people__models.yml": """
models:
  - name: people
    columns:
      - name: target_id
        data_tests:
          - not_null:
              config: {severity: "{{ 'warn' if target.name == 'prod' else 'error' }}"}
"""
        },
    ),
    Example("a failed guard stops nothing", settings={"flags": {"use_colors": True}}),
    Example(
        "tests that a selection leaves out",
        settings={"flags": {**_ARMED, "indirect_selection": "empty"}},
    ),
    Example(
        "failures kept outside the hub", settings={"flags": {**_ARMED, "store_failures": True}}
    ),
    Example("a selection that every build makes", settings={"default_selector": "quick"}),
    Example("a config() that a var decides", loose_configs={"people": {"enabled": 1}}),
)
ACCEPTED = (
    Example(
        "a schema that a var names, in a source",
        yaml_files={
            "models/staging/cl/_cl__sources.yml": """
sources:
  - name: cl
    database: "{{ var('cl_database') or target.dbname }}"
    schema: "{{ var('cl_schema') }}"
"""
        },
    ),
    Example(
        "a description with a doc block",
        yaml_files={
            "models/people/_people__models.yml": """
models:
  - name: people
    description: "{{ doc('people') }}"
"""
        },
    ),
)
