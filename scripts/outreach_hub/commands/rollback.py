"""`outreach rollback`: the last good version of the marts."""

from __future__ import annotations

from outreach_hub import console
from outreach_hub.commands import NoWaitOption, TargetOption, command_app
from outreach_hub.moments import in_utc
from outreach_hub.project import Project

app = command_app()


@app.command()
def rollback(
    no_wait: NoWaitOption = False,
    target: TargetOption = None,
) -> None:
    """Publish the previous version of the marts again.

    Marts and outbound change together, in one commit, and readers do not wait. The replaced version
    is kept: a second rollback returns to it. The hub itself (targets, people, sends, ...) does not
    change, and the next build publishes as usual.

    Exit codes: 0 done, 2 there is no earlier version, 3 no database, or another session blocks it.
    """
    from outreach_hub.build_lock import build_lock
    from outreach_hub.database import connect_to
    from outreach_hub.profile import load_target
    from outreach_hub.refusals import in_plain_words
    from outreach_hub.rollback import roll_back
    from outreach_hub.schemas import HubSchemas

    settings = load_target(Project.find(), target)
    with (
        build_lock(settings, wait=not no_wait, notify=console.notice),
        connect_to(settings) as connection,
        in_plain_words(f"target {settings.name}"),
    ):
        done = roll_back(connection, HubSchemas.of(settings.schema))
    out = console.out()
    if done.restored:
        moment = in_utc(done.restored.published_at)
        version = f"publication {done.restored.publication_id} ({moment})"
    else:
        version = "the version before"
    out.print(f"{' and '.join(done.schemas)} are back at {version}", markup=False)
    out.print(f"  the version put aside is kept as {', '.join(done.kept_as)}", markup=False)
    out.print("  `outreach rollback` again returns to it; the next build publishes as ever")
