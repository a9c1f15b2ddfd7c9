"""Templates that reach past what dbt hands them to use."""

from __future__ import annotations

from collections.abc import Iterator

from outreach_hub.proof.compile import Compiled
from outreach_hub.proof.examples import Example
from outreach_hub.proof.verdict import Finding

CODE = "ID099"
TITLE = "a template calls what it is handed, and never looks into it or hands it on"
WHY = "ref, config and every macro hold the run's configuration and an adapter, out of sight."


def check_project(compiled: Compiled) -> Iterator[Finding]:
    """See the examples below."""
    for name, path, fault in compiled.reached:
        yield Finding(CODE, name, path, fault.line, fault.reason, fault.fix, sql=fault.text)


_SELECT = "select * from {{ ref('people') }}"

REFUSED = (
    Example("the target, from inside ref", templates={"people": "{{ ref.config.target_name }}"}),
    Example("ref handed on", templates={"people": "{% set held = [ref] %}" + _SELECT}),
    Example("a text rendered", templates={"people": "{{ render('select 1') }}"}),
    Example("a macro that is dispatched only", templates={"people": "{{ adapter.dispatch('x') }}"}),
)
ACCEPTED = (
    Example("what is called", templates={"people": "{{ config(alias='a') }}" + _SELECT}),
    Example(
        "a name of the template's own",
        templates={"people": "{% for source in ['a'] %}{{ source[0] }}{% endfor %}"},
    ),
    Example("the target by its name", templates={"people": "{{ target.name | length }}"}),
)
