"""Every branch that the outside can switch is rendered, and what it prints is marked."""

from __future__ import annotations

import jinja2
import pytest

from outreach_hub.proof.faces import Driver, Face, Stopped, Switch, TooManyFaces
from outreach_hub.proof.jinja_branches import RAW, Taint
from outreach_hub.proof.templates import Loader, parsed


def faces(text: str, settled: dict[str, bool] | None = None, **macros: str) -> list[Face]:
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.filters["as_number"] = lambda value: value
    driver = Driver()
    body = parsed(environment, "model", text, False)
    others = [parsed(environment, name, code, True) for name, code in macros.items()]
    taint = Taint([body, *others], structures={"listed": True, "nested": False})
    loader = Loader(environment, taint, driver)
    context: dict[str, object] = {
        "var": lambda name, default=None: default,
        "env_var": lambda name, default=None: default,
        "target": {"name": "dev", "schema": "dev"},
        "config": lambda **_: "",
        "stop": _stop,
    }
    for template in others:
        module = loader.load(template, {}, lines=False).make_module(context)
        context[template.name] = getattr(module, template.name)
    loaded = loader.load(body, {}, lines=True)
    return list(driver.faces(lambda: loaded.render(context), settled or {}))


def _stop() -> None:
    raise Stopped("no")


def texts(found: list[Face]) -> list[str]:
    return sorted(" ".join(face.sql.split()) for face in found)


@pytest.mark.parametrize(
    "test",
    [
        "target.name == 'prod'",
        "var('x', 'a') in ('b', 'c')",
        "env_var('X', '') | length > 3",
        "var('x') is none",
        "flags.FULL_REFRESH",
        "run_started_at.hour > 3",
        "modules.datetime",
        "{'a': 1}[var('x', 'a')]",
        "this.schema == 'x'",
        "schema == 'x'",
        "database == 'x'",
        "model['sch' ~ 'ema'] == 'x'",
        "graph.nodes",
        "'7' in 'a'.upper | string",
        "invocation_id[0] == 'a'",
    ],
)
def test_a_test_on_the_outside_is_answered_both_ways(test: str) -> None:
    assert texts(faces("{% if " + test + " %}one{% else %}two{% endif %}")) == ["one", "two"]


def test_what_the_files_fix_has_one_face() -> None:
    text = "{% for x in ['a', 'b'] %}{{ x }}{{ ',' if not loop.last }}{% endfor %}"
    assert texts(faces(text)) == ["a,b"]


def test_what_jinja_brings_along_is_there_in_models_and_in_macros() -> None:
    count = "{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = i %}{% endfor %}"
    assert texts(faces(count + "{{ ns.n }}")) == ["2"]
    macro = "{% macro last() %}" + count + "{{ ns.n }}{% endmacro %}"
    assert texts(faces("{{ last() }}", last=macro)) == ["2"]


def test_random_words_of_jinja_are_a_hole_not_a_value() -> None:
    (face,) = faces("{{ lipsum(1) }}")
    assert list(face.switches.values()) == [Switch("lipsum(1)", is_plain=False)]


def test_the_same_question_has_the_same_answer() -> None:
    text = "{% if var('x') %}a{% endif %}{% if not var('x') %}b{% endif %}{{ 'c' if var('x') }}"
    assert texts(faces(text)) == ["ac", "b"]


def test_a_branch_in_a_macro_and_through_its_argument() -> None:
    macro = "{% macro pick(how) %}{% if how == 'a' %}one{% else %}two{% endif %}{% endmacro %}"
    assert texts(faces("{{ pick('a') }}", pick=macro)) == ["one"]
    assert texts(faces("{{ pick(target.name) }}", pick=macro)) == ["one", "two"]
    assert texts(faces("{% set way = var('way') %}{{ pick(how=way) }}", pick=macro)) == [
        "one",
        "two",
    ]


def test_what_is_printed_from_outside_is_a_hole_not_a_value() -> None:
    (face,) = faces("select {{ var('column', 'company_unique_id') }} from t")
    assert face.sql == "select __switch_1__ from t"
    assert face.switches == {1: Switch("var('column', 'company_unique_id')")}
    (number,) = faces("limit {{ var('n', 5) | int }}")
    assert number.switches[1].is_number


PLAIN = (
    "var('x')",
    "var('x', 'y') or target.name",
    "env_var('X', '') | upper",
    "'pr_' ~ invocation_id",
    "var('as_of_date') or run_started_at.strftime('%Y-%m-%d')",
    "modules.datetime.datetime.strptime(var('day'), '%Y').date()",
    "target['name']",
)
MADE = (
    "var('x') ~ \"' or true --\"",
    "var('x') | replace('a', \"'\")",
    "var('x') | pprint",
    "var('x', \"' or true --\")",
    "invocation_id | replace('-', \"'\")",
    "var('listed')",
    "var('nested')",
    "var('listed') | join(\"' or true or '\")",
    "[var('x')]",
    "target",
    "var",
    "var('x') | int(\"' or true\")",
    "var('x').join(['a'])",
    "modules.re.sub('a', \"'\", var('x'))",
    "(var('x') is eq('a')) and 'b' or 'c'",
    "'a' * (var('n') | int)",
    "var('x')[:3]",
    "target.application_name",
    "env_var('A' ~ 'B')",
    "{1: 'a'}.setdefault(var('n') | int, 'b')",
)


def _levels(expression: str) -> set[int]:
    """Of an expression, and of a name that is given its value."""
    environment = jinja2.Environment()
    body = parsed(environment, "model", f"{{% set made = {expression} %}}{{{{ made }}}}", False)
    taint = Taint([body], structures={"listed": True, "nested": False})
    (assigned,) = body.syntax.tree.find_all(jinja2.nodes.Assign)
    return {taint.weight(assigned.node, body), body.levels["made"]}


@pytest.mark.parametrize("expression", PLAIN)
def test_what_stays_between_its_quotes(expression: str) -> None:
    assert _levels(expression) == {RAW}


@pytest.mark.parametrize("expression", MADE)
def test_what_may_end_its_quotes(expression: str) -> None:
    assert max(_levels(expression)) > RAW
    assert min(_levels(expression)) > RAW


@pytest.mark.parametrize(
    "expression", ["var('n') | as_number", "var('n') | int('0 or true')", "var('n') | float(x)"]
)
def test_what_only_looks_like_a_number(expression: str) -> None:
    (face,) = faces(f"limit {{{{ {expression} }}}}")
    assert not face.switches[1].is_number


QUOTES = "\"' or true or '\""
NOT_PLAIN = (
    f"{{% for x in [{QUOTES}] %}}'{{{{ x }}}}'{{% endfor %}}"
    "{% for x in var('listed') %}{% endfor %}",
    "{% set x %}' or true{% endset %}'{{ x }}'{% if false %}{% set x = var('a') %}{% endif %}",
    "'{{ quotes() }}'",
    "'{{ text() }}'",
    f"'{{{{ put({QUOTES}) }}}}'{{{{ put(var('a')) }}}}",
    f"'{{{{ put(*[{QUOTES}]) }}}}'{{{{ put(var('a')) }}}}",
)
RETURNED = "{% if false %}{{ return(var('a')) }}{% endif %}"
MACROS = {
    "quotes": f"{{% macro quotes() %}}{RETURNED}{{{{ return({QUOTES}) }}}}{{% endmacro %}}",
    "text": f"{{% macro text() %}}{RETURNED}' or true{{% endmacro %}}",
    "put": "{% macro put(x) %}{{ x }}{% endmacro %}",
}


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_is_a_value_in_one_place_and_quotes_in_another(text: str) -> None:
    environment = jinja2.Environment()
    macros = [parsed(environment, name, code, True) for name, code in MACROS.items()]
    body = parsed(environment, "model", text, False)
    taint = Taint([body, *macros], structures={"listed": True})
    printed = [
        (part, template)
        for template in (body, macros[2])
        for output in template.syntax.tree.find_all(jinja2.nodes.Output)
        for part in output.nodes
        if not isinstance(part, jinja2.nodes.TemplateData)
    ]
    assert RAW not in {taint.weight(part, template) for part, template in printed}


def test_a_list_in_quotes_is_several_values() -> None:
    (face,) = faces("in ('{{ var('listed') | join(\"', '\") }}')")
    assert [switch.is_several for switch in face.switches.values()] == [True]


def test_the_items_of_a_list_are_values() -> None:
    found = faces("{% for x in var('listed', ['a']) %}'{{ x }}'{% endfor %}")
    assert [len(face.switches) for face in found] == [2, 1, 0]
    assert all(switch == Switch("x") for face in found for switch in face.switches.values())


def test_a_set_variable_and_a_list_carry_their_taint() -> None:
    (face,) = faces("{% set c = var('c', 'id') ~ '_x' %}{{ c }}")
    assert "__switch_" in face.sql
    (face,) = faces("{% set l = [] %}{% do l.append(var('c', 'id')) %}{{ l | join(',') }}")
    assert "__switch_" in face.sql


def test_a_loop_over_the_outside_may_also_run_over_nothing() -> None:
    found = faces("{% for x in var('l', ['a']) %}[{{ x }}]{% endfor %}.")
    assert texts(found) == [".", "[__switch_1__].", "[__switch_1__][__switch_2__]."]


def test_a_face_that_stops_never_runs() -> None:
    assert texts(faces("{% if var('x') %}{{ stop() }}{% else %}fine{% endif %}")) == ["fine"]


def test_a_settled_question_is_not_asked() -> None:
    text = "{% if is_incremental() %}a{% else %}b{% endif %}"
    assert texts(faces(text, {"is_incremental()": False})) == ["b"]
    assert texts(faces(text)) == ["a", "b"]


def test_too_many_faces_are_refused() -> None:
    text = "".join("{% if var('" + str(n) + "') %}x{% endif %}" for n in range(7))
    with pytest.raises(TooManyFaces):
        faces(text)


def test_a_config_that_the_outside_decides_is_told() -> None:
    environment = jinja2.Environment()
    loose = {
        "{{ config(enabled=target.name == 'ci') }}": {"enabled": 1},
        "{{ config(materialized='table') }}": {},
        "{{ config(\nmaterialized='view' if target.name == 'prod' else 'table') }}": {
            "materialized": 2
        },
        "{% if var('x') %}\n{{ config(full_refresh=true) }}{% endif %}": {"config": 2},
        "{{ config(**settings) }}": {"config": 1},
    }
    for text, expected in loose.items():
        template = parsed(environment, "m", text, False)
        assert Taint([template]).loose_settings(template) == expected


def test_a_line_is_found_again_after_rendering() -> None:
    text = "a\n{% if var('x') %}\nb\n{% endif %}\n{{ 'c' }}\nd"
    for face in faces(text):
        assert face.line(face.sql.index("d")) == 6
