"""What dbt works out from a text alone, worked out once a process.

Between two cases nearly all texts stay as they are, and dbt would parse and compile each of them
again. Only pure functions are remembered, by all of their arguments, so that a case is still judged
by dbt's own parse of the edited files.
"""

from __future__ import annotations

import functools
from typing import Any


def remember() -> None:
    """From now on, in this process."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment, NativeSandboxEnvironment
    from dbt_common.dataclass_schema import dbtClassMixin
    from dbt_common.tests import enable_test_caching

    enable_test_caching()  # dbt's own: the syntax trees of templates
    for environment in (MacroFuzzEnvironment, NativeSandboxEnvironment):
        _compile_once(environment)
    _validate_once(dbtClassMixin)


def _compile_once(environment: Any) -> None:
    """Templates to code. All environments of a class are made alike but for what is undefined."""
    compile_text = environment.compile
    known: dict[object, Any] = {}

    @functools.wraps(compile_text)
    def compiled(self: Any, source: Any, *arguments: Any, **named: Any) -> Any:
        if not isinstance(source, str):
            return compile_text(self, source, *arguments, **named)
        key = (source, arguments, *named.items())
        if key not in known:
            known[key] = compile_text(self, source, *arguments, **named)
        return known[key]

    environment.compile = compiled


def _validate_once(classes: Any) -> None:
    """Settings against their JSON schema. What does not pass is looked at again each time."""
    validate = classes.validate.__func__
    passed: set[tuple[type, str]] = set()

    @functools.wraps(validate)
    def validated(cls: type, data: Any) -> None:
        key = (cls, repr(data))
        if key not in passed:
            validate(cls, data)
            passed.add(key)

    classes.validate = classmethod(validated)
