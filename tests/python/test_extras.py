"""What is missing of an optional part is said, with the command that installs it."""

import pytest

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
