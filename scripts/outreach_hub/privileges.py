"""Whether the build role could write to CL, whatever it was granted, inherited or may become.

Outreach reads CL and nothing else (ID007). That its models never write is proved from their SQL;
that they could not is proved here, from the database's own privileges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_BECOMES = """
with becomes as (
    -- the role itself, and every role whose rights it has or may take with SET ROLE
    select oid, rolname, rolsuper, rolcreaterole
    from pg_roles
    where pg_has_role(current_user, oid, 'member')
)
"""

_SUPERUSER = """
select rolname || ' is a superuser'
from becomes
where rolsuper
"""

_SERVER = """
select rolname || ' may write files or run programs on the server'
from becomes
where rolname in ('pg_write_server_files', 'pg_execute_server_program')

union all

-- until Postgres 16, whoever makes roles could make itself a member of any
select rolname || ' may make itself a member of any role'
from becomes
where rolcreaterole and current_setting('server_version_num')::integer < 160000
"""

_ON_SCHEMAS = """
select
    rolname || case when nspowner = becomes.oid then ' owns' else ' may create in' end
    || ' the schema ' || nspname
from becomes
cross join pg_namespace
where
    nspname = any(%(schemas)s)
    and (nspowner = becomes.oid or has_schema_privilege(becomes.oid, pg_namespace.oid, 'create'))
"""

# References and trigger are ways to write too: a foreign key onto CL decides what CL may delete,
# and a trigger runs whatever its owner likes when CL writes.
_ON_TABLES = """
select
    rolname
    || case
        when relowner = becomes.oid then ' owns '
        else ' may ' || string_agg(privilege, ', ' order by place) || ' on '
    end
    || nspname || '.' || relname
from becomes
cross join pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
    with ordinality as privileges (privilege, place)
where
    nspname = any(%(schemas)s)
    and relkind in ('r', 'p', 'v', 'm', 'f')
    and (
        has_table_privilege(becomes.oid, pg_class.oid, privilege)
        or (
            privilege in ('insert', 'update', 'references')
            and has_any_column_privilege(becomes.oid, pg_class.oid, privilege)
        )
    )
group by rolname, becomes.oid, nspname, relname, relowner
"""


def build_role_can_write_to_cl(
    connection: psycopg.Connection[Any], cl_schemas: Sequence[str]
) -> list[str]:
    """Every way in which the connected role could write to CL; empty where it can only read."""
    ways: list[str] = []
    for query in (_SUPERUSER, f"{_SERVER} union all {_ON_SCHEMAS} union all {_ON_TABLES}"):
        rows = connection.execute(f"{_BECOMES} {query} order by 1", {"schemas": list(cl_schemas)})
        ways += [way for (way,) in rows]
        if ways:
            # A superuser may do everything: to list it all would say no more.
            break
    return ways
