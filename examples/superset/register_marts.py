"""Makes every published mart a dataset of a running Superset, over its HTTP API.

Needs nothing but Python. From the environment: OUTREACH_BI_URL (postgresql://outreach_bi@...),
SUPERSET_URL (http://localhost:8088), SUPERSET_USER and SUPERSET_PASSWORD. May be run again: what
is registered already stays as it is.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.parse
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

MARTS = "outreach_marts"
DATABASE = "Outreach marts"


class Superset:
    """A session with a Superset."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._headers = {"Content-Type": "application/json", "Referer": self._url}
        login = {"username": user, "password": password, "provider": "db"}
        token = self.post("security/login", login)["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"
        self._headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]

    def get(self, path: str) -> Any:
        return self._ask(path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._ask(path, json.dumps(body).encode())

    def find(self, kind: str, **values: str) -> int | None:
        """The id of the database or dataset that has these values, if there is one."""
        wanted = ",".join(f"(col:{name},opr:eq,value:'{value}')" for name, value in values.items())
        found = self.get(f"{kind}/?q=" + urllib.parse.quote(f"(filters:!({wanted}))"))
        return found["ids"][0] if found["ids"] else None

    def _ask(self, path: str, body: bytes | None) -> Any:
        request = Request(f"{self._url}/api/v1/{path}", body, self._headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=120) as answer:
                return json.load(answer)
        except HTTPError as refused:
            said = refused.read().decode(errors="replace")
            raise SystemExit(f"Superset refuses {path}: {refused.code} {said}") from None


def register(superset: Superset, bi_url: str) -> dict[str, int]:
    """The ids of the marts' datasets, by mart. The marts are those that BI's role can see."""
    database = superset.find("database", database_name=DATABASE)
    if database is None:
        made = {"database_name": DATABASE, "sqlalchemy_uri": bi_url, "expose_in_sqllab": True}
        database = superset.post("database/", made)["id"]
    schema = urllib.parse.quote(f"(schema_name:{MARTS},force:!t)")
    tables = superset.get(f"database/{database}/tables/?q={schema}")["result"]
    datasets: dict[str, int] = {}
    for mart in sorted(table["value"] for table in tables):
        known = superset.find("dataset", table_name=mart, schema=MARTS)
        made = {"database": database, "schema": MARTS, "table_name": mart}
        datasets[mart] = known or superset.post("dataset/", made)["id"]
    return datasets


if __name__ == "__main__":
    session = Superset(
        os.environ["SUPERSET_URL"], os.environ["SUPERSET_USER"], os.environ["SUPERSET_PASSWORD"]
    )
    for name in register(session, os.environ["OUTREACH_BI_URL"]):
        sys.stdout.write(f"{name}\n")
