"""Parts that are installed only where they are wanted: pyproject.toml's optional dependencies."""

from __future__ import annotations

from importlib.util import find_spec

from outreach_hub.errors import UsageError


def require(extra: str, *modules: str) -> None:
    """Raises, and says how to install the extra, where a module of it is missing."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"this needs {', '.join(missing)}, not installed here",
            hint=f"pip install -c constraints.txt -e '.[{extra}]'",
        )
