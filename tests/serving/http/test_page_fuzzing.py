"""What do the desk's pages say to what nobody thought of? Cases made by schemathesis from a description of every page
and form: no fault of ours, whatever a signed-in person, or a program with that person's cookie, sends.

The pages are not part of the OpenAPI document, which is for programs; their description is made here, from the route
table and from the fields of the steps. Shortened; ``make soak`` asks each a thousand times.
"""

import os
import re
from collections import Counter
from urllib.parse import quote, urlencode

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.desk_service import Desk
from serving.desk.lead_state import CALL_RESULTS, OUTCOMES, STEP_FIELDS
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.store import Store
from tests.serving.conftest import PASSWORD, people_in

CASES = 1_000 if os.environ.get("LEADLIGHT_SOAK") else 40

TEXT = {"type": "string"}
NUMBERS = ["0", "-1", "1", "0000019999", "9" * 40, "1e999", "nan", "\u0661"]
ODD = ["", *NUMBERS, "\ud83d\ude00", "=1+1", "<b>", "../..", "L-1"]
MOMENTS = ["2026-03-06T12:00", "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-08T02:30", "2026-02-30T09:00", "T"]
QUERY = ("lane", "grade", "channel", "clinic", "service", "owner", "page", "done", "seen", "next") + (
    "arrived", "sort", "select", "did", "failed",
)  # fmt: skip
FORMS = {
    "/leads/L-1": sorted(
        {"kind", "step", "receipt", "soon", *(name for fields in STEP_FIELDS.values() for name in fields)}
    ),
    "/leads/nobody": ["kind", "step"],
    "/next": [],
    "/settings": ["script"],
    "/views": ["name", "drop", *QUERY[:7]],
    "/find": ["words"],
    "/bulk": ["kind", "to", "until", "reason", "pick-1", "pick-2"],
    "/password": ["old", "new", "again"],
    "/sign-in": ["name", "password", "next"],
}
LEAD_PAGES = ("/leads/L-1", "/leads/nobody")
PAGES = ("/", *LEAD_PAGES, "/nurture", "/ledger", "/export.csv", "/settings", "/how", "/live", "/sign-in")
KNOWN = [*STEP_FIELDS, "undo", *CALL_RESULTS, *OUTCOMES, "price", "other", "anna", "mine", "A", "urgent", "queue"]


def describe() -> dict:
    """Return an OpenAPI description of the pages and their forms."""
    fields = {name: {"type": "object", "properties": {field: TEXT for field in form}} for name, form in FORMS.items()}
    queries = [{"name": name, "in": "query", "schema": TEXT} for name in QUERY]
    done = {"responses": {"200": {"description": "A page."}}}
    paths: dict[str, dict] = {page: {"get": done | {"parameters": queries}} for page in PAGES}
    for path, schema in fields.items():
        body = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
        paths.setdefault(path, {})["post"] = done | {"requestBody": body}
    return {"openapi": "3.0.3", "info": {"title": "Pages", "version": "1"}, "paths": paths}


ASKED = [(method, path) for path, methods in describe()["paths"].items() for method in methods]


@pytest.fixture(scope="module")
def schema():
    """The description as schemathesis reads it: a second that no process needs which only collects."""
    return schemathesis.openapi.from_dict(describe())


@pytest.fixture(scope="module")
def desk(champion, now, tmp_path_factory):
    """A client in which anna, a manager, has signed in, over a store with one lead; and the token of her forms."""
    home = tmp_path_factory.mktemp("fuzzed-pages")
    with Store.open(Settings(home)) as store:
        people, service = people_in(home), LeadService(store, champion)
        parts = Components(champion, lambda: now, Desk(store, service, lambda: now), service, people)
        cookies = {"__Host-leadlight": people.sign_in("anna", PASSWORD, "tests").token}
        gate = RequestMiddleware(create_application(parts))
        client = TestClient(gate, cookies=cookies, raise_server_exceptions=False, follow_redirects=False)
        lead = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z", "phone": "(617) 555-0142"}
        assert client.post("/v1/leads", json=lead).status_code == 201
        client.cookies_of_anna = dict(client.cookies)
        yield client, re.search(r'name="csrf" value="([^"]+)"', client.get("/leads/L-1").text)[1]


@pytest.mark.parametrize(("method", "path"), ASKED, ids=[" ".join(case) for case in ASKED])
def test_no_page_and_no_form_meets_a_fault(desk, schema, method, path):
    client, token = desk
    statuses: Counter[int] = Counter()
    known = st.dictionaries(
        st.sampled_from(FORMS.get(path) or ["kind"]), st.sampled_from([*KNOWN, *ODD, *MOMENTS]), min_size=1
    )

    @hypothesis.settings(
        max_examples=CASES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(
        case=schema[path][method].as_strategy(),
        fields=known,
        odd=st.sampled_from([*ODD, *MOMENTS]),
        with_token=st.booleans(),
    )
    def ask(case: schemathesis.Case, fields: dict, odd: str, with_token: bool) -> None:
        invented = case.body if isinstance(case.body, dict) else {}
        query = {name: value for name, value in (case.query or {}).items()} | ({"page": odd} if with_token else {})
        # Most forms carry the token, or only the refusal of those without one would be asked for.
        form = {**invented, **fields} | ({"csrf": token} if with_token or len(fields) > 1 else {})
        client.cookies.update(client.cookies_of_anna)
        answer = client.request(
            method.upper(),
            f"{quote(path)}?{urlencode(query, errors='surrogatepass')}" if method == "get" else quote(path),
            content=urlencode(form, errors="surrogatepass") if method == "post" else None,
            headers={"content-type": "application/x-www-form-urlencoded"} if method == "post" else {},
        )
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, (answer.status_code, sorted(form), query.keys())

    ask()

    assert statuses.total() >= min(CASES, 40) and max(statuses) < 500
