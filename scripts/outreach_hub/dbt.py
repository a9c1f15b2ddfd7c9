"""dbt in this process: one import and one parse serve the preflight, the proof and the build.

dbt's own output goes to its log file alone. What its events tell goes to a progress display, what
its results tell into a `DbtRun`; nothing here prints.
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outreach_hub.dbt_schemas import remembered
from outreach_hub.dbt_texts import shown_to
from outreach_hub.errors import (
    GRANT,
    DbtFailure,
    EnvironmentFailure,
    IdentityFailure,
    OutreachError,
    UsageError,
)
from outreach_hub.exits import ExitCode
from outreach_hub.parse_state import of_these_files
from outreach_hub.profile import PROFILE, target_name
from outreach_hub.variables import read_variables
from outreach_hub.verdict import (
    NO_IDENTITY_FAILURE,
    Failure,
    Verdict,
    is_environment,
    is_gate,
    judge,
)

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

    from outreach_hub.catalog import Finding
    from outreach_hub.failing_rows import Row
    from outreach_hub.project import Project
    from outreach_hub.proof.aside import Proving

_USAGE = frozenset(
    {
        "DbtUsageException",
        "DbtProfileError",
        "DbtSelectorsError",
        "EnvVarMissingError",
        "OptionNotYamlDictError",
        "DbtProjectError",
    }
)
"""Exceptions of dbt by which its caller is at fault."""

FAILED = frozenset({"error", "fail", "runtime error", "partial success"})

ENDED_WELL = frozenset({"success", "pass", "skipped"})

Callback = Callable[[Any], None]


@dataclass(frozen=True)
class NodeOutcome:
    """What became of one node."""

    unique_id: str
    name: str
    resource_type: str
    status: str
    message: str
    path: str
    seconds: float
    failing_rows: int | None = None
    examples: tuple[Row, ...] = ()
    """Some of them; none of a gate's, which are on record."""
    is_gate: bool = False
    verdict: Verdict = NO_IDENTITY_FAILURE

    @property
    def failed(self) -> bool:
        """A gate that only warns has failed: whoever told it to warn does not decide that."""
        return self.status in FAILED or (self.is_gate and self.status == "warn")

    @property
    def exit_code(self) -> ExitCode:
        if not self.failed:
            return ExitCode.GOOD
        if self.status != "fail" and is_environment(self.message):
            return ExitCode.ENVIRONMENT
        return ExitCode.IDENTITY_FAILURE if self.verdict.is_identity else ExitCode.DBT_FAILURE


@dataclass(frozen=True)
class DbtRun:
    """One dbt command, ended."""

    command: str
    success: bool
    seconds: float
    outcomes: tuple[NodeOutcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What the database's catalog did not keep of what the models promise, after the run."""
    has_wrong_rows: bool = False
    """Gates have put rows among the evidence; they may have been skipped behind another failure."""
    invocation_id: str | None = None
    standing_since: datetime | None = None
    """When the build was whose evidence stands, for nothing has changed since; so none was run."""
    companies: int | None = None
    """How many companies had changed, where no other was built."""
    result: Any = field(default=None, repr=False)

    @property
    def gates(self) -> list[NodeOutcome]:
        """The tests of identity that were in the run, skipped ones too."""
        return [outcome for outcome in self.outcomes if outcome.is_gate]

    @property
    def failures(self) -> list[NodeOutcome]:
        return [outcome for outcome in self.outcomes if outcome.failed]

    @property
    def exit_code(self) -> ExitCode:
        """Identity first: it must never hide behind another failure of the same run."""
        if self.findings or self.has_wrong_rows:
            return ExitCode.IDENTITY_FAILURE
        codes = {outcome.exit_code for outcome in self.outcomes}
        for code in (ExitCode.IDENTITY_FAILURE, ExitCode.ENVIRONMENT, ExitCode.DBT_FAILURE):
            if code in codes:
                return code
        return ExitCode.GOOD if self.success else ExitCode.DBT_FAILURE


def run(
    project: Project,
    arguments: Sequence[str],
    *,
    manifest: Manifest | None = None,
    callbacks: Sequence[Callback] = (),
    proving: Proving | None = None,
) -> DbtRun:
    """Runs a dbt command, such as `["build", "-s", "people"]`, and no text that a proof refuses.

    Failed nodes are in the outcomes. What keeps dbt from running at all (a model that does not
    parse, an unknown option) is raised.
    """
    started = time.monotonic()
    from dbt_common.invocation import get_invocation_id

    read_variables(project)  # what is wrong with the file is told better than by dbt
    _spare_the_processor()
    command = list(takewhile(lambda word: not word.startswith("-"), arguments))
    options = arguments[len(command) :]
    folder = Path(dict(pairwise(options)).get("--target-path", project.target_dir))
    parsing = nullcontext() if manifest else of_these_files(project, folder)
    shown = shown_to(proving) if proving else nullcontext()
    with remembered(project.state_dir / "proof"), parsing, shown:
        done = invoke(
            [*command, *_defaults(project, options), *options],
            manifest=manifest,
            callbacks=list(callbacks),
        )
    if done.exception is not None:
        raise explained(done.exception)
    results = getattr(done.result, "results", None) or ()
    return DbtRun(
        command=" ".join(command),
        success=done.success,
        seconds=time.monotonic() - started,
        outcomes=tuple(_outcome(result) for result in results if _is_work(result)),
        invocation_id=get_invocation_id(),
        result=done.result,
    )


def require_success(run: DbtRun, otherwise: str) -> None:
    """Raises where dbt reported a failure: it does not always raise what it met."""
    if not run.success:
        said = [f"{each.name}: {' '.join(each.message.split())}" for each in run.failures]
        raise DbtFailure(
            otherwise, where="; ".join(said) or None, hint="the whole story is in logs/dbt.log"
        )


def invoke(words: Sequence[str], **given: Any) -> Any:
    """dbt's own runner, with nothing of it on the screen.

    Until it has read its settings it prints what goes wrong, colours and all.
    """
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager_client import cleanup_event_logger

    cleanup_event_logger()
    return dbtRunner(**given).invoke(list(words))


def load_dbt() -> None:
    """Imports dbt, which takes a second: the runner puts it off until it is needed."""
    import dbt.cli.main  # noqa: F401


NO_ARTIFACTS = "--no-write-json"
"""For a run whose manifest.json nobody will read: to write it takes half a second."""


def parse(project: Project, arguments: Sequence[str] = ()) -> Manifest:
    """The project's manifest, to be handed to later runs. Takes the options that change it."""
    from outreach_hub.semantic_columns import require_columns

    result = run(project, ["parse", NO_ARTIFACTS, *arguments]).result
    assert result is not None
    require_columns(result)
    return result


def _spare_the_processor() -> None:
    """dbt computes more than it waits, in threads that share one interpreter.

    Its manifest is half a million objects that live to the end: collecting them again and again,
    and changing threads every 5 ms, cost a tenth of a build.
    """
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)
    sys.setswitchinterval(0.05)


def _defaults(project: Project, given: Sequence[str]) -> list[str]:
    """Options that a user's own come after, and so override."""
    defaults = ["--project-dir", str(project.root)]
    # Without its cache dbt does not see what a view that it drops takes along.
    defaults += ["--populate-cache"]
    # Without it dbt takes its last parse for the files as they are.
    defaults += ["--partial-parse-file-diff"]
    # One level for both would be none for the file too. Debug is there for the asking, and slow.
    defaults += ["--log-level", "none", "--log-level-file", "info"]
    # Said in full, whatever the environment says: dbt and the runner have to mean one hub.
    defaults += ["--profile", PROFILE, "--profiles-dir", str(project.profiles_dir)]
    return defaults if "--target" in given else [*defaults, "--target", target_name(project)]


def _outcome(result: Any) -> NodeOutcome:
    node = result.node
    message = plain(result.message or "")
    meta = getattr(node.config, "meta", None) or {}
    status = str(result.status)
    failure = Failure(
        name=node.name,
        message=message,
        meta=meta,
        key=tuple(getattr(node, "primary_key", None) or ()),
        never_null=_never_null(node),
    )
    return NodeOutcome(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=str(node.resource_type),
        status=status,
        message=message,
        path=str(Path(node.original_file_path)),
        seconds=result.execution_time,
        failing_rows=result.failures,
        is_gate=is_gate(meta),
        verdict=NO_IDENTITY_FAILURE if status in ENDED_WELL else judge(failure),
    )


def _never_null(node: Any) -> str | None:
    """The column of which a test finds the nulls."""
    metadata = getattr(node, "test_metadata", None)
    is_not_null = metadata is not None and metadata.name == "not_null"
    return str(node.column_name).lower() if is_not_null and node.column_name else None


def _is_work(result: Any) -> bool:
    """dbt lists exposures among its results, though there is nothing to do for them."""
    return hasattr(result, "node") and str(result.status) != "no-op"


def explained(exception: BaseException) -> BaseException:
    """dbt's exception as one of ours: by what it says, since dbt's types say little."""
    if isinstance(exception, (KeyboardInterrupt, SystemExit, OutreachError)):
        return exception
    said = plain(str(exception)) or type(exception).__name__
    kind = type(exception).__name__
    verdict = judge(Failure(name="", message=said))
    if verdict.is_identity:
        refusal = _without_wrapping(said).removeprefix(f"[{verdict.code}] ")
        return IdentityFailure(refusal, code=verdict.code)
    if kind in _USAGE:
        return UsageError(said)
    if kind == "FailedToConnectError" or is_environment(said):
        return EnvironmentFailure(_without_wrapping(said), hint=_hint(said))
    return DbtFailure(said, hint="the whole story is in logs/dbt.log")


def _hint(said: str) -> str:
    if "Another build is on" in said:
        return "run it again then; `outreach build` waits for other runs of outreach by itself"
    if "[Errno" in said:
        return "DBT_LOG_PATH and DBT_TARGET_PATH name other folders"
    return GRANT if "permission denied" in said else "`outreach db status` shows what runs"


def _without_wrapping(said: str) -> str:
    return _WRAPPING.sub("", said).strip()


_WRAPPING = re.compile(r"^(Compilation Error in .*| *> (in|called by) .*)$", re.MULTILINE)
"""What dbt puts around the words of a macro that refuses."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def plain(text: str) -> str:
    """A message of dbt without colour and stray blanks."""
    lines = [line.rstrip() for line in _ANSI.sub("", text).strip().splitlines()]
    return "\n".join(lines)
