"""How company_target is made: asked of the macros that make it for a first build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from outreach_hub.catalog.promises import promises
from outreach_hub.catalog.records import landed_records
from outreach_hub.doctrine import COMPANIES, COMPANY_ID
from outreach_hub.targets.restore import Anchor

if TYPE_CHECKING:
    from outreach_hub.profile import Target
    from outreach_hub.project import Project

_COMPANY_TARGET = """
{%- set node = graph.nodes['model.' ~ project_name ~ '.company_target'] -%}
{{ company_target_ddl(node, node_relation(node)) }}
"""
_AUDIT_TABLES = "{{ audit_tables_ddl() }}"


def anchor_of(project: Project, target: Target, variables: str | None = None) -> Anchor:
    """The statements for a target. dbt only renders them: the caller has a transaction to mind."""
    from outreach_hub import dbt

    options = ["--target", target.name, *(("--vars", variables) if variables else ())]
    manifest = dbt.parse(project, options)

    def rendered(jinja: str) -> str:
        done = dbt.run(project, ["compile", "--inline", jinja, *options], manifest=manifest)
        return str(done.result.results[0].node.compiled_code)

    return Anchor(
        ddl=rendered(_COMPANY_TARGET),
        audit_ddl=rendered(_AUDIT_TABLES),
        promised=promises(manifest),
        companies=landed_records(manifest, COMPANIES, COMPANY_ID)[0],
    )
