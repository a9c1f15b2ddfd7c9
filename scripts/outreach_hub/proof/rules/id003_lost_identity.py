"""Words of records that have lost their ids are put beside no target by likeness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from outreach_hub.proof.examples import Example
from outreach_hub.proof.graph import Layer
from outreach_hub.proof.joins import is_correlated, is_of_somebody, is_of_two_rows, links
from outreach_hub.proof.path import Column, Hop, made_here
from outreach_hub.proof.presence import tests_with
from outreach_hub.proof.rows import finds_nothing
from outreach_hub.proof.scope import Conjunct, Item, Leaf, Query
from outreach_hub.proof.subject import Subject, World, shown
from outreach_hub.proof.verdict import Finding
from outreach_hub.proof.words import has_words, is_code

CODE = "ID003"
TITLE = "what has lost its ids is put beside a target by a column that both have"
WHY = (
    "DISTINCT and GROUP BY take the ids off a record's e-mail or name. Whoever then looks for a"
    " company that it resembles decides whose it is, and only CL decides that."
)

_FIX = (
    "Keep company_unique_id or target_id with the rows, and join on it. Figures of a group may be"
    " joined on what they are grouped by, where both sides have that column. What is a code and"
    " tells of nobody, give an accepted_values test where it lands."
)


def check_face(subject: Subject) -> Iterator[Finding]:
    """See the examples below."""
    if subject.layer is Layer.TEST:
        return
    keys = subject.world.record_keys
    for query in subject.query.walk():
        if any(is_of_somebody(item, keys) for item in query.items):
            yield from _likened(subject, [query], query.items, in_from=True)
            for inner in query.nested:
                if is_correlated(inner):
                    is_told = _is_told(inner, query)
                    yield from _likened(subject, list(inner.walk()), query.items, is_told)
            for item in query.items:
                if is_correlated(item.relation):
                    scopes = list(item.relation.walk())
                    yield from _likened(subject, scopes, query.items, _repeats(item, query))
            yield from _listed(subject, query)


def _likened(
    subject: Subject,
    scopes: list[Query],
    around: list[Item],
    is_told: bool = False,
    in_from: bool = False,
) -> Iterator[Finding]:
    """In a FROM, or in a subquery that sees the row `around` it, which stands for a company."""
    keys = subject.world.record_keys
    tests = [test for scope in scopes for test in (*scope.tests(), *scope.having)]
    for scope in scopes:
        for item in scope.items:
            own = [i for i in (*scope.items, *around) if i is not item and is_of_somebody(i, keys)]
            if not own or is_of_somebody(item, keys) or _is_made_of_rows_around(item):
                continue
            met = _met(item, own)
            told = is_told or (in_from and _repeats(item, scope))
            if _is_likened(item, scope, tests, met, own, subject, told):
                yield _finding(subject, item, tests)


def _listed(subject: Subject, query: Query) -> Iterator[Finding]:
    """Subqueries that are the same for all rows, and the query says how a company's words compare
    with theirs: whose company is on a list of words is inferred."""
    keys, world = subject.world.record_keys, subject.world
    own = {item for item in query.items if is_of_somebody(item, keys)}
    said = [test for column in query.order for test in _conditions(column)]
    for inner in query.nested:
        if not is_correlated(inner) and any(_is_on(inner, test, own, world) for test in said):
            yield subject.finding(
                CODE,
                "words that have lost the ids of their records are compared with a target's by"
                f" likeness: {shown(inner.node)}",
                _FIX,
                at=inner.node,
            )


def _is_on(inner: Query, test: Column, own: set[Item], world: World) -> bool:
    """Words of this list and others of a company, unless both are columns as they are, or the row
    that is looked up has an id."""
    within = set(inner.walk())
    lists = {part.item for part in _within(test) if part.item and part.item.query in within}
    if not lists:
        return False
    if test.node is not None and isinstance(test.node.unalias(), exp.In):
        looked_up = test.inputs[0]
        if any(column.identity for column in inner.order) or (
            looked_up.source() and inner.order[0].source()
        ):
            return False
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for part in _within(test):
        if part.item and part.item in lists | own and has_words(part, world):
            sides[part.item in lists] |= part.contents
    return all(sides.values()) and sides[True] != sides[False]


def _is_made_of_rows_around(item: Item) -> bool:
    """A LATERAL or function that reads nothing itself: its words are those rows', asked there."""
    return is_correlated(item.relation) and not any(
        isinstance(inner.relation, Leaf) for scope in item.relation.walk() for inner in scope.items
    )


def _met(item: Item, own: list[Item]) -> Iterator[Conjunct]:
    """The conditions that each row of a relation meets wherever it stands beside one of its own."""
    query = item.query
    always = tests_with(item)
    beside = {each: tests_with(each) for each in own if each in query.items}
    for joined in query.items:
        for test in joined.on:
            compared = {side.item for side in test.sides or ()}
            if test in always or all(
                test in beside.get(each, ())
                or (each in beside and joined in compared == {each, item})
                for each in own
            ):
                yield test
    yield from (*query.where, *query.having)


def _repeats(item: Item, query: Query) -> bool:
    """How often a row of the query is there tells how many were found in this relation of its
    FROM, and nothing in the query itself makes one of them."""
    is_one = query.distinct or bool(query.group)
    return not (is_one or any(finds_nothing(test, item) for test in query.where))


def _is_told(inner: Query, query: Query) -> bool:
    """It is a value of the query, or a part of one: even that it finds a row then tells of it."""
    projections = query.node.expressions if query.kind == "select" else ()
    return any(inner.node is part for each in projections for part in each.find_all(exp.Query))


def _is_likened(
    item: Item,
    query: Query,
    tests: Iterable[Conjunct],
    met: Iterable[Conjunct],
    own: list[Item],
    subject: Subject,
    is_told: bool,
) -> bool:
    """It tells something of a company, and it is not by an id, the key of a record, or a column of
    both that it got there.

    Its words do, wherever they are put, and its figures where a likeness of words decides whose.
    """
    world = subject.world
    if links(query, item, world.keys, own):
        return False
    tests = [test for test in tests if _reaches_out(test.value, item)]
    shared = [test for test in met if _is_shared(test, item, own)]
    joined = {side.inputs[0] for test in shared for side in test.sides or () if side.item is item}
    used = {part.inputs[0] for column in query.order for part in _taken(column, item)}
    is_told = is_told or any(_counts(column) for column in query.order)
    if any(_compares_words(one, item, world) for one in _deciders(query)):
        return True
    meet = (*(test.value for test in tests), *_meetings(query))
    if (used or is_told) and any(_compares_words(each, item, world) for each in meet):
        return True
    told = {part.inputs[0] for column in _told(query, subject) for part in _taken(column, item)}
    return any(_has_words_of_others(column, own, world) for column in told - joined)


def _deciders(query: Query) -> Iterator[Column]:
    """What picks one of several values or rows: in a CASE, a window, a GROUP BY, a DISTINCT ON."""
    for column in query.order:
        yield from _conditions(column)
        for hop in made_here(column):
            yield from (by for by, _ in hop.order_by)
            yield from hop.partition
            if hop.hop in (Hop.AGGREGATE, Hop.WINDOW):  # a sum of what is alike picks as well
                yield from hop.controls
    yield from (*query.chosen_by, *query.group)


def _meetings(query: Query) -> Iterator[Column]:
    """The expressions of subqueries and functions that see a row of the query: what they compare
    decides whether they have one themselves."""
    for inner in (*query.nested, *(item.relation for item in query.items)):
        if is_correlated(inner):
            for scope in inner.walk():
                yield from scope.expressions()


def _told(query: Query, subject: Subject) -> list[Column]:
    """What a query says; of a model, not what its own tests list the values of."""
    if query is not subject.query:
        return query.order
    model, world = subject.node.id, subject.world
    return [column for column in query.order if not is_code(model, column.name, world)]


def _has_words_of_others(column: Column, own: list[Item], world: World) -> bool:
    """Not those that a LATERAL or a function takes from the very row that they are put beside."""
    if (column.hop is Hop.COPY and column.item in own) or not has_words(column, world):
        return False
    return column.hop is Hop.LEAF or any(
        _has_words_of_others(part, own, world) for part in column.inputs
    )


def _is_shared(test: Conjunct, item: Item, own: list[Item]) -> bool:
    """An equality of two columns as they are, or of the same one, written the same way or not.

    The other is of a row that stands for a company.
    """
    if not test.is_equality or test.sides is None:
        return False
    left, right = test.sides
    if not is_of_two_rows(left, right):
        return False
    other = right if left.item is item else left
    if item not in (left.item, right.item) or other.item not in own:
        return False
    plain = left.source() is not None and right.source() is not None
    return plain or (len(left.contents) == 1 and left.contents == right.contents)


def _compares_words(test: Column, item: Item, world: World) -> bool:
    """Words of this relation and other words of another: what is alike in them is inferred.

    Targets are numbered by a prefix of their company's id, which tells nothing of one.
    """
    if all(part.origin.hop is Hop.PREFIX for part in test.inputs):
        return False
    mine, theirs = _words_of(test, item, world)
    if not (mine and theirs):
        return False
    return mine != theirs or any(
        all(_words_of(part, item, world)) and not _is_of_wholes(part, world)
        for part in _comparisons(test)
    )


def _words_of(test: Column, item: Item, world: World) -> tuple[set[str], set[str]]:
    """The words in an expression that are this relation's, and those of others."""
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for part in _within(test):
        if has_words(part, world):
            sides[part.item is item] |= part.contents
    return sides[True], sides[False]


def _comparisons(test: Column) -> Iterator[Column]:
    """What AND, OR and NOT join, each; of a column that another query has made, that query's."""
    if test.hop is Hop.CONDITION and isinstance(test.node, _CONNECTORS):
        for part in test.inputs:
            yield from _comparisons(part)
    else:
        yield test


_CONNECTORS = (exp.And, exp.Or, exp.Not, exp.Paren)


def _is_of_wholes(test: Column, world: World) -> bool:
    """An equality of two columns, as they are or written in another way: where both are of one
    column, they are the same. A part of a text, or the order of two, is a likeness."""
    if test.hop is Hop.COPY:
        return True
    is_equality = isinstance(test.node, (exp.EQ, exp.NullSafeEQ, exp.Join))
    sides = test.inputs
    return is_equality and len(sides) == 2 and all(_is_whole(side, world) for side in sides)


def _is_whole(column: Column, world: World) -> bool:
    """A column as it is, or written in another way and all of it, in each model on its way."""
    if column.hop is Hop.LEAF:
        made = world.made(column.leaf)
        return made is None or _is_whole(made, world)
    if column.hop in (Hop.COMBINED, Hop.CAST) and not _is_spelt(column.node):
        return False
    if column.how in ("greatest", "least", "nullif"):  # which of two texts comes first
        return False
    if column.how == "case" and any(_is_text(part) for part in column.inputs):
        return False  # what stands for several texts is no text as it is
    return column.hop in _HANDED and all(_is_whole(part, world) for part in column.inputs)


def _is_text(column: Column) -> bool:
    """It is written out, and no NULL."""
    return column.hop is Hop.CONSTANT and not isinstance(column.node, exp.Null)


_HANDED = {Hop.COPY, Hop.UNION, Hop.CHOICE, Hop.AGGREGATE, Hop.COMBINED, Hop.CAST, Hop.CONSTANT}


def _is_spelt(node: exp.Expr | None) -> bool:
    """It writes a text in another way, and keeps all of it."""
    node = node.unalias() if node is not None else None
    if isinstance(node, exp.Cast):
        return node.is_type("text", "varchar") and not node.to.expressions
    if isinstance(node, exp.Trim):
        return not node.args.get("expression")
    return isinstance(node, (exp.Lower, exp.Upper, exp.Collate))


def _reaches_out(value: Column, item: Item) -> bool:
    """It looks at a column of this relation and at one of another."""
    sees = {part.item is item for part in _within(value)}
    return sees == {True, False}


def _conditions(column: Column) -> Iterator[Column]:
    """What decides in an expression of this query, such as the branch of a CASE."""
    return (hop for hop in made_here(column) if hop.hop is Hop.CONDITION)


def _taken(column: Column, item: Item) -> Iterator[Column]:
    return (part for part in _within(column, controls=False) if part.item is item)


def _counts(column: Column) -> bool:
    """It is put together from several rows, so that it tells which were found."""
    return any(hop.hop in (Hop.AGGREGATE, Hop.WINDOW) for hop in made_here(column))


def _within(column: Column, *, controls: bool = True) -> Iterator[Column]:
    """The columns of its own FROM that an expression is made of, and those that decide: of a
    LATERAL or a function, those that it has from the others too."""
    for hop in made_here(column, controls=controls):
        if hop.hop is Hop.COPY:
            yield hop
            if hop.item is not None and is_correlated(hop.item.relation):
                yield from _within(hop.inputs[0], controls=controls)


def _finding(subject: Subject, item: Item, tests: Iterable[Conjunct]) -> Finding:
    likened = [shown(test.node) for test in tests if _reaches_out(test.value, item)]
    how = f"by likeness: {' and '.join(likened)}" if likened else "whosever they are"
    return subject.finding(
        CODE,
        f"`{item.alias}` has lost the ids of its records, and is put beside a target {how}",
        _FIX,
        at=item.node,
    )


_ADDRESSES = """
    with addresses as (select distinct email from {{ ref('people') }})
    select t.target_id, t.company_unique_id, addresses.email
    from {{ ref('company_target') }} as t
"""

_WARNED = {"stg_people__people.email.accepted_values": {"severity": "warn"}}

REFUSED = (
    Example(
        "figures of a domain, for the company that has it",
        "dim_people",
        """
        with domains as (
            select split_part(email, '@', 2) as domain, count(*) as people
            from {{ ref('people') }} group by 1
        )
        select t.target_id, t.company_unique_id, domains.people
        from {{ ref('company_target') }} as t
        left join domains on domains.domain = t.company_domain
    """,
    ),
    Example(
        "addresses without their ids, by the domain that they have",
        "dim_people",
        f"""{_ADDRESSES}
        inner join addresses on split_part(addresses.email, '@', 2) = t.company_domain
    """,
    ),
    Example(
        "the same, said in the WHERE of a cross join",
        "dim_people",
        f"""{_ADDRESSES}
        cross join addresses where addresses.email like '%@' || t.company_domain
    """,
    ),
    Example(
        "one of them, beside every target",
        "dim_people",
        """
        with some as (select max(email) as email from {{ ref('people') }})
        select t.target_id, t.company_unique_id, some.email
        from {{ ref('company_target') }} as t cross join some
    """,
    ),
    Example(
        "one of them for each group",
        "dim_people",
        """
        with some as (
            select email, max(email) as another from {{ ref('people') }} group by email
        )
        select p.person_id, p.target_id, p.company_unique_id, some.another
        from {{ ref('people') }} as p left join some on p.email = some.email
    """,
    ),
    Example(
        "all of them, beside every target, whatever becomes of that further on",
        "dim_people",
        f"""{_ADDRESSES}
        cross join addresses
    """,
    ),
    Example(
        "the same, with a test that only warns of other values",
        "dim_people",
        f"""{_ADDRESSES}
        cross join addresses
    """,
        codes=("stg_people__people.email",),
        test_config=_WARNED,
    ),
    Example(
        "the same, looked up",
        "dim_people",
        """
        with addresses as (select distinct email from {{ ref('people') }})
        select t.target_id, t.company_unique_id,
            (select max(a.email) from addresses as a
             where a.email like '%@' || t.company_domain) as email
        from {{ ref('company_target') }} as t
    """,
    ),
    Example(
        "whether its domain is on a list that was made of addresses",
        "dim_people",
        """
        select t.target_id, t.company_unique_id,
            t.company_domain in (
                select split_part(p.email, '@', 2) from {{ ref('people') }} as p
            ) as is_known
        from {{ ref('company_target') }} as t
    """,
    ),
    Example(
        "the same, counted in a list of them all",
        "dim_people",
        """
        select t.target_id, t.company_unique_id,
            length(replace(
                (select string_agg(p.email, ',') from {{ ref('people') }} as p),
                t.company_domain, ''
            )) as letters
        from {{ ref('company_target') }} as t
    """,
    ),
)
ACCEPTED = (
    Example(
        "whether its address is on a list of such",
        "dim_people",
        """
        select p.person_id, p.target_id, p.company_unique_id,
            lower(p.email) in (
                select trim(refused.email) from {{ ref('people') }} as refused
                where refused.email like '%@example.com'
            ) as is_refused
        from {{ ref('people') }} as p
    """,
    ),
    Example(
        "figures of a group, by what they are grouped by",
        "dim_people",
        """
        with alike as (select email, count(*) as people from {{ ref('people') }} group by email)
        select p.person_id, p.target_id, p.company_unique_id, alike.people
        from {{ ref('people') }} as p
        left join alike on p.email = alike.email
    """,
    ),
    Example(
        "figures of a month",
        "fct_sends",
        """
        with months as (
            select date_trunc('month', loaded_at) as month, count(*) as sends
            from {{ ref('send_log') }} group by 1
        )
        select s.send_id, s.target_id, s.company_unique_id, months.month, months.sends
        from {{ ref('send_log') }} as s
        inner join months on date_trunc('month', s.loaded_at) >= months.month
    """,
    ),
    Example(
        "an anti-join to addresses that have been written in another way",
        "dim_people",
        """
        with refused as (
            select distinct lower(email) as address from {{ ref('people') }}
            where email like '%@example.com'
        )
        select p.person_id, p.target_id, p.company_unique_id
        from {{ ref('people') }} as p
        left join refused on lower(trim(p.email)) = refused.address
        where refused.address is null
    """,
    ),
    Example(
        "each value of a list, for every target: a test has the list, so that it tells of nobody",
        "dim_people",
        """
        select t.target_id, t.company_unique_id, listed.email
        from {{ ref('company_target') }} as t
        cross join (select distinct email from {{ ref('people') }}) as listed
    """,
        codes=("stg_people__people.email",),
    ),
)
