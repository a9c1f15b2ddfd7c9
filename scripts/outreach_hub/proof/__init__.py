"""The static identity proof: every path of every identity column, from dbt's compiled SQL to CL.

A small compiler pass. The front end (`compile`, `faces`, `jinja_branches`) turns each node into
every text it can become, without a database. The middle (`builder`, `scope`, `expressions`, `path`)
turns a text into scopes whose columns know, hop by hop, what they are made of. The rules (`rules/`)
judge; each is one short file. What cannot be resolved is refused (ID099): the proof fails closed.
What a build has rendered goes through the same rules, before it is run (`live`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outreach_hub.project import Project
    from outreach_hub.proof.verdict import Verdict


def prove(
    project: Project,
    *,
    explaining: str | None = None,
    use_cache: bool = True,
    target: str | None = None,
) -> Verdict:
    """Prove the whole project. `explaining` keeps the path of one more MODEL.COLUMN.

    A proof of identical inputs is repeated from the cache, and only a passed one is ever in there.
    What a run has parsed, with its own target and vars, is proved by `aside.Proving`.

    What is proved is the SQL of one engine: of the example profile's own target, or of `target`,
    another one there. Targets on one engine differ in nothing that the SQL could depend on unseen.
    """
    from outreach_hub.proof.cache import Cache

    cache = Cache(project, target) if use_cache else None
    known = cache.load() if cache is not None else None
    if known is not None and (explaining is None or explaining in known.paths):
        return known
    from outreach_hub.packages import check_installed
    from outreach_hub.proof.compile import compile_project, parse
    from outreach_hub.proof.dialect import speaking
    from outreach_hub.proof.garbage import left_lying
    from outreach_hub.proof.prover import prove_compiled

    with left_lying():
        check_installed(project)
        folder = project.state_dir / "proof"
        manifest, config = parse(project.root, folder / target if target else folder, target)
        with speaking(config.credentials.type):
            verdict = prove_compiled(compile_project(manifest, config), explaining)
    if cache is not None and verdict.good:
        cache.store(verdict)
    return verdict


def known_proof(project: Project) -> Verdict | None:
    """A passed proof of the same files, from the cache."""
    from outreach_hub.proof.cache import Cache

    return Cache(project).load()
