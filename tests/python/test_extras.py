"""What is missing of an optional part is said, with the command that installs it."""

from collections.abc import Callable

import pytest

from conftest import CliResult
from outreach_hub import extras
from outreach_hub.errors import UsageError
from outreach_hub.exits import ExitCode
from outreach_hub.extras import require


def test_what_is_there_is_not_spoken_of() -> None:
    require("report", "json", "csv")


def test_what_is_missing_is_named_with_the_way_to_install_it() -> None:
    with pytest.raises(UsageError) as refused:
        require("report", "json", "no_such_module")
    assert refused.value.exit_code == ExitCode.USAGE
    assert refused.value.message == "this needs no_such_module, not installed here"
    assert refused.value.hint == "pip install -c constraints.txt -e '.[report]'"


@pytest.mark.parametrize(("target", "extra"), [("spark", "spark"), ("spark_thrift", "thrift")])
def test_a_proof_for_spark_says_what_it_lacks(
    outreach: Callable[..., CliResult], monkeypatch: pytest.MonkeyPatch, target: str, extra: str
) -> None:
    """dbt would say it in words of its own, where it parses for such a target."""
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    done = outreach("prove", "--target", target)
    assert done.exit_code == ExitCode.USAGE
    assert "dbt.adapters.spark, not installed here" in done.stderr
    assert f"'.[{extra}]'" in done.stderr
