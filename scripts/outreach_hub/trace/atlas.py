"""Where each kind of id is kept. The manifest says so already, so nothing is listed here again.

A landed table has a gate, whose arguments name its key and the records that it belongs to; a hub
names by `conserves_records` what it was landed as; a mart is what is published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from outreach_hub.catalog.keepers import REGISTRY
from outreach_hub.catalog.promises import (
    Relation,
    promises,
    referenced,
    relation_of,
    schemas_of,
)
from outreach_hub.catalog.records import (
    CONSERVES,
    argument,
    landed_records,
    tests_named,
    unproved,
)
from outreach_hub.doctrine import ANCHOR, COMPANIES, COMPANY_ID, GATE, TARGET_ID
from outreach_hub.evidence import TABLE as EVIDENCE
from outreach_hub.load.feeds import feed_of
from outreach_hub.load.official import NOT_IN_THE_FILE, PENDING_NOTES, pending_of

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

TARGET, COMPANY = "target", "company"
REGISTERED = (TARGET_ID, COMPANY_ID, "first_targeted_at", "registered_at", "invocation_id")


@dataclass(frozen=True)
class Place:
    """A table that may hold rows of an id."""

    relation: Relation
    columns: tuple[str, ...]
    own_names: Mapping[str, str] = field(default_factory=dict)
    """What the table itself calls a column that is called otherwise from staging on."""

    def calling(self, own_name: str, name: str) -> Place:
        """The same place, one of its columns called as it is everywhere after it."""
        if own_name == name:
            return self
        others = [name if each == own_name else each for each in self.columns if each != name]
        return Place(self.relation, tuple(others), {name: own_name})

    def own_name(self, column: str) -> str:
        """The column, as the table calls it."""
        return self.own_names.get(column, column)


@dataclass(frozen=True)
class Kind:
    """A kind of landed record: from its landing to the marts that carry its key."""

    name: str
    key: str
    landing: Place
    hub: Place | None
    marts: tuple[Place, ...]
    belongs_to: Mapping[str, str]
    """Column of the landed record that holds a key, and the kind of record it is the key of."""
    waiting: Place | None = None
    """Where a landed record waits that belongs to no company yet."""

    @property
    def places(self) -> list[Place]:
        """Every table that holds records of this kind."""
        return [place for place in (self.landing, self.waiting, self.hub) if place] + [*self.marts]

    @property
    def sources_of_evidence(self) -> list[str]:
        """What evidence calls these tables."""
        return [str(place.relation) for place in self.places]


@dataclass(frozen=True)
class Atlas:
    """Every kind, and where companies and targets are."""

    kinds: tuple[Kind, ...]
    companies: Place
    """CL's companies, through staging: what never leaves staging is not told here either."""
    also_from_cl: tuple[Place, ...]
    """What else CL says of a company: scores, EINs."""
    company_source: Relation
    targets: Place
    registry: Place
    evidence: Relation
    derived: tuple[Place, ...]
    """Hub tables without records of their own: slots, renewals."""
    marts: tuple[Place, ...]
    """The published marts and outbound, of a target or a company."""

    @classmethod
    def of(cls, manifest: Manifest) -> Atlas:
        schemas = schemas_of(manifest)
        published = [
            Place(promise.published, promise.columns)
            for promise in promises(manifest)
            if promise.published
        ]
        kinds = tuple(sorted(_kinds(manifest, published), key=lambda kind: kind.name))
        anchor = _named(manifest, ANCHOR)
        landed_hubs = {kind.hub.relation for kind in kinds if kind.hub}
        return cls(
            kinds=kinds,
            companies=_place(_named(manifest, COMPANIES)),
            company_source=landed_records(manifest, COMPANIES, COMPANY_ID)[0],
            also_from_cl=tuple(
                _place(node)
                for node in _models(manifest)
                if node.group == anchor.group
                and node.access == "private"
                and node.name != COMPANIES
                and COMPANY_ID in node.columns
            ),
            targets=_place(anchor),
            registry=Place(Relation(schemas.audit, REGISTRY), REGISTERED),
            evidence=Relation(schemas.audit, EVIDENCE),
            derived=tuple(
                Place(promise.relation, promise.columns)
                for promise in promises(manifest)
                if not promise.published
                and TARGET_ID in promise.columns
                and promise.relation not in {relation_of(anchor)} | landed_hubs
            ),
            marts=tuple(place for place in published if COMPANY_ID in place.columns),
        )

    @property
    def relations(self) -> Iterator[Relation]:
        """Every table that a trace may read."""
        for kind in self.kinds:
            yield from (place.relation for place in kind.places)
        lone = (self.companies, *self.also_from_cl, self.targets, self.registry)
        yield from (place.relation for place in (*lone, *self.derived, *self.marts))
        yield self.evidence

    @property
    def sources_of_evidence(self) -> list[str]:
        """What evidence calls the tables whose rows are a company's or a target's."""
        places = (self.targets, self.companies, *self.derived, *self.marts)
        return [str(self.company_source), *(str(place.relation) for place in places)]

    @property
    def kind_names(self) -> list[str]:
        """All that an id can be, in the order in which a person would guess."""
        return [TARGET, COMPANY, *(kind.name for kind in self.kinds)]

    def kind(self, name: str) -> Kind:
        return next(kind for kind in self.kinds if kind.name == name)

    def parts_of(self, name: str) -> Iterator[tuple[Kind, str]]:
        """The kinds whose records belong to one of this kind, each with the column that says so."""
        for kind in self.kinds:
            for column, parent in kind.belongs_to.items():
                if parent == name:
                    yield kind, column


def _kinds(manifest: Manifest, published: Sequence[Place]) -> Iterator[Kind]:
    gates = {_attached(manifest, test).name: test for test in tests_named(manifest, GATE)}
    landed_as = {staging: argument(test, "landed_table") for staging, test in gates.items()}
    hubs = {
        referenced(argument(test, "landed")): _attached(manifest, test)
        for test in tests_named(manifest, CONSERVES)
    }
    for staging, test in gates.items():
        key = argument(test, "key")
        landing, landed_key = landed_records(manifest, staging, key)
        sources = (each for each in manifest.sources.values() if relation_of(each) == landing)
        source = next(sources, None)
        if source is None:
            said = f"the records of {staging} are told apart by {key}, no key of its source"
            raise unproved(said, test.original_file_path)
        yield Kind(
            name=landed_as[staging],
            key=key,
            landing=_place(source).calling(landed_key, key),
            hub=_place(hubs[staging]) if staging in hubs else None,
            marts=tuple(place for place in published if key in place.columns),
            belongs_to={
                parent["column"]: landed_as[referenced(parent["relation"]) or ""]
                for parent in test.test_metadata.kwargs.get("belongs_to", ())
            },
            waiting=_waiting(source),
        )


def _waiting(source: Any) -> Place | None:
    """Filings wait for CL to learn their EIN, and what belongs to a filing waits for that."""
    if feed_of(f"{source.source_name}.{source.name}") is None:
        return None
    of_the_file = [name for name in source.columns if name not in NOT_IN_THE_FILE]
    notes = [column.name for column in PENDING_NOTES]
    return Place(Relation(source.schema, pending_of(source)), (*of_the_file, *notes))


def _models(manifest: Manifest) -> Iterator[Any]:
    return (node for node in manifest.nodes.values() if node.resource_type == "model")


def _named(manifest: Manifest, name: str) -> Any:
    return next(node for node in _models(manifest) if node.name == name)


def _attached(manifest: Manifest, test: Any) -> Any:
    return manifest.nodes[test.attached_node]


def _place(node: Any) -> Place:
    return Place(relation_of(node), tuple(node.columns))
