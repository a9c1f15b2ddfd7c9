"""What dbt works out from a text alone, worked out once a process.

Between two cases nearly all texts stay as they are, and dbt would parse and compile each of them
again. Only pure functions are remembered, by all of their arguments, so that a case is still judged
by dbt's own parse of the edited files.
"""

from __future__ import annotations

import functools
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any


def remember() -> None:
    """From now on, in this process."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser import unit_tests
    from dbt_common.clients.jinja import MacroFuzzEnvironment, NativeSandboxEnvironment
    from dbt_common.dataclass_schema import dbtClassMixin
    from dbt_common.tests import enable_test_caching

    enable_test_caching()  # dbt's own: the syntax trees of templates
    for environment in (MacroFuzzEnvironment, NativeSandboxEnvironment):
        _compile_once(environment)
    _validate_once(dbtClassMixin)
    _unpack_ahead(Manifest)
    # Models are read by their Jinja alone. dbt's other way, a static parser, keeps threads, for
    # which a fork would wait for ever; what unit tests ask of it is remembered as well.
    os.environ["DBT_STATIC_PARSER"] = "false"
    unit_tests.py_extract_from_source = _extract


_unpacked: dict[bytes, Any] = {}


def unpack(packed: bytes) -> None:
    """Read a kept parse before dbt asks for it: its forks then need not."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    _unpacked[packed] = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)


def _unpack_ahead(classes: Any) -> None:
    """A manifest that was unpacked ahead is given away once, since dbt goes on to change it."""
    from_msgpack = classes.from_msgpack.__func__

    @functools.wraps(from_msgpack)
    def unpacked(cls: type, packed: bytes, *arguments: Any, **named: Any) -> Any:
        return _unpacked.pop(packed, None) or from_msgpack(cls, packed, *arguments, **named)

    classes.from_msgpack = classmethod(unpacked)


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


@functools.cache
def _extract(text: str) -> Any:
    """What a ref or source in a unit test names, told by a fork that ends with its threads."""
    from dbt_extractor import py_extract_from_source

    with ProcessPoolExecutor(1, get_context("fork")) as executor:
        return executor.submit(py_extract_from_source, text).result()
