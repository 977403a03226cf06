"""Is every address behind a key, and does each role do what is its own and no more?"""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from serving.application import ADDRESSES, Components, create_application
from serving.crm.inbound.routes import HOOK_PATHS
from serving.desk.routes.desk_routes import PAGES
from serving.desk.routes.insight_routes import INSIGHT_PAGES
from serving.http.api_keys import ROLES, KeyFile
from serving.http.authorization import WEBHOOK_PATHS, Authorizer, find_permission, find_route_template
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter
from serving.http.request_body import MAX_FORM_BYTES
from serving.http.request_metrics import RequestMetrics
from serving.schemas.scoring import Failure

FORM = "application/x-www-form-urlencoded"
FOR_PEOPLE = (*PAGES, *INSIGHT_PAGES, "/sign-in", "/sign-out", "/language", "/password")
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HERE = ("127.0.0.1", 40_000)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


class MovableClock:
    """Seconds and a date that move when a test says so."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds

    def date(self):
        return NOON + timedelta(seconds=self.seconds - 1000.0)


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
def keys(tmp_path, clock):
    return KeyFile(tmp_path, clock.date)


@pytest.fixture
def guarded_service(keys, clock, champion, tmp_path, now, people):
    """Makes a client of the guarded_service application: ``guarded_service(client=HERE, rate=50, burst=100)``."""

    def make(client=HERE, rate=50.0, burst=100.0):
        metrics = RequestMetrics(ADDRESSES)
        application = create_application(Components(champion, lambda: now, metrics=metrics, users=people))
        guard = Authorizer(keys, RateLimiter(rate, burst, clock), FailedKeyLimiter(clock))
        return TestClient(
            RequestMiddleware(application, metrics=metrics, authorizer=guard),
            "http://127.0.0.1:3000",
            raise_server_exceptions=False,
            client=client,
        )

    return make


@pytest.fixture
def session_here(session):
    """The cookie of somebody who signed in on this machine itself."""
    return {"leadlight": session["__Host-leadlight"]}


def bearer(text):
    return {"authorization": f"Bearer {text}"}


def test_every_route_declares_what_it_needs(champion, tmp_path, now):
    routes = create_application(Components(champion, lambda: now)).routes
    paths = [route.path.replace("{lead_id:path}", "L-1") for route in routes]

    assert [path for path in paths if find_route_template(path) is None] == []
    assert {path for path in paths if find_permission(path) is None} == {
        "/livez",
        "/healthz",
        "/readyz",
        *WEBHOOK_PATHS,
    }
    assert WEBHOOK_PATHS == set(HOOK_PATHS)


@pytest.mark.parametrize("path", sorted(HOOK_PATHS))
def test_a_crm_proves_itself_in_its_own_way_or_gets_nothing(guarded_service, path):
    refused = guarded_service().post(path, json={"lead_id": "L-1"})

    assert refused.status_code in (401, 403, 404, 503) and b"grade" not in refused.content


@pytest.mark.parametrize(
    "path",
    [path for path in ADDRESSES if path not in ("/livez", "/healthz", "/readyz", *HOOK_PATHS, *FOR_PEOPLE)]
    + ["/schema.json", "/bento/score", "/nowhere"],
)
def test_without_a_key_no_program_is_answered(guarded_service, path):
    answer = guarded_service().post(path, json={}) if "score" in path else guarded_service().get(path)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="leadlight"'
    assert Failure.model_validate(answer.json()).code == "no_key"


def test_a_stranger_is_told_nothing_but_that_a_key_is_needed(guarded_service):
    kinds = (
        {"content-type": "multipart/form-data; boundary=b"},
        {"content-encoding": "br"},
        {"content-length": "100000000"},
    )

    assert {guarded_service().post("/v1/score", content=b"x", headers=headers).status_code for headers in kinds} == {
        401
    }
    assert guarded_service().post("/v1/score", content=b"x" * 3_000_000).status_code == 401


@pytest.mark.parametrize("path", ["/livez", "/healthz", "/readyz"])
def test_liveness_and_readiness_need_none(guarded_service, path):
    assert guarded_service().get(path).status_code == 200


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("crm", {"/v1/score"}),
        ("desk", {"/v1/queue"}),
        ("manager", {"/v1/queue", "/v1/model", "/metrics"}),
        ("admin", {"/v1/score", "/v1/queue", "/v1/model", "/metrics"}),
    ],
)
def test_each_role_does_what_is_its_own_and_no_more(guarded_service, keys, role, allowed):
    client, (text, _) = guarded_service(), keys.add(role, "program", None)
    methods = {"/v1/score": "POST", "/v1/queue": "GET", "/v1/model": "GET", "/metrics": "GET"}

    statuses = {
        path: client.request(method, path, headers=bearer(text), json={} if method == "POST" else None)
        for path, method in methods.items()
    }

    assert {
        path for path, answer in statuses.items() if answer.status_code in (200, 503)
    } == allowed  # 503: there is no store behind the queue here
    assert {answer.json()["code"] for path, answer in statuses.items() if path not in allowed} <= {"wrong_role"}
    assert {answer.status_code for path, answer in statuses.items() if path not in allowed} <= {403}


@pytest.mark.parametrize("role", [role for role in ROLES if role != "assistant"])
def test_every_role_reads_the_description_and_is_told_that_an_address_is_not_there(guarded_service, keys, role):
    client, (text, _) = guarded_service(), keys.add(role, "program", None)

    assert client.get("/openapi.json", headers={"x-api-key": text}).status_code == 200
    assert [
        client.get(path, headers=bearer(text)).status_code
        for path in ("/nowhere", "/leads/", "/v1/score/", "//v1/score")
    ] == [404] * 4


def test_an_assistant_s_key_opens_nothing_but_mcp(guarded_service, keys):
    client, (text, _) = guarded_service(), keys.add("assistant", "claude", None)
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    others = [path for path in ADDRESSES if path not in ("/mcp", "/livez", "/healthz", "/readyz", *HOOK_PATHS)]

    answers = [
        client.get(path, headers=bearer(text), follow_redirects=False) for path in others if path not in FOR_PEOPLE
    ]

    assert client.post("/mcp", json=ping, headers=bearer(text)).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert {answer.status_code for answer in answers} == {403} and len(answers) > 10
    assert [role for role, permissions in ROLES.items() if "mcp" in permissions] == ["assistant", "admin"]


def test_a_key_is_refused_from_the_moment_it_expires_or_is_taken_back(guarded_service, keys, clock):
    client, (text, key) = guarded_service(), keys.add("crm", "program", timedelta(hours=1))

    first_status = client.post("/v1/score", json={}, headers=bearer(text)).status_code
    clock.seconds += 3600
    expired = client.post("/v1/score", json={}, headers=bearer(text))
    keys.revoke(key.prefix)
    revoked = client.post("/v1/score", json={}, headers=bearer(text))

    assert (first_status, expired.status_code, revoked.status_code) == (200, 401, 401)
    assert (expired.json()["code"], revoked.json()["code"]) == ("key_expired", "unknown_key")


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Basic abc"},
        {"authorization": "Bearer"},
        {"x-api-key": ""},
        {"authorization": "Bearer llk_" + "a" * 72},
    ],
)
def test_another_kind_of_key_is_refused(guarded_service, keys, headers):
    keys.add("crm", "program", None)

    assert guarded_service().post("/v1/score", json={}, headers=headers).json()["code"] == "unknown_key"


def test_two_different_keys_are_refused(guarded_service, keys):
    (first, _), (second, _) = keys.add("crm", "one", None), keys.add("admin", "two", None)

    assert guarded_service().get("/", headers=bearer(first) | {"x-api-key": second}).json()["code"] == "two_keys"
    assert guarded_service().get("/docs", headers=bearer(first) | {"x-api-key": first}).status_code == 200


def test_a_damaged_file_of_keys_lets_nobody_in(guarded_service, keys):
    text, _ = keys.add("admin", "program", None)
    keys.path.write_text("{")

    answer = guarded_service().get("/v1/model", headers=bearer(text))

    assert (answer.status_code, answer.json()["code"]) == (503, "keys_unreadable")
    assert guarded_service().get("/livez").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/leads/L-1", "/docs", "/openapi.json", "/swagger.json", "/docs.json", "/password"]
)
def test_a_page_without_a_session_leads_to_the_sign_in_page_and_back(guarded_service, path):
    answer = guarded_service().get(path, follow_redirects=False, headers=BROWSER)

    assert (answer.status_code, answer.content) == (303, b"")
    assert answer.headers["location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path.replace('/', '%2F')}")


def test_a_key_opens_no_page_and_still_reads_the_description(guarded_service, keys):
    client, (text, _) = guarded_service(), keys.add("admin", "program", None)

    assert [
        client.get(path, headers=bearer(text), follow_redirects=False).status_code
        for path in ("/", "/leads/L-1", "/password")
    ] == [303] * 3
    assert client.get("/docs", headers=bearer(text)).status_code == 200
    assert client.get("/docs", headers=bearer("llk_wrong")).status_code == 401


def test_a_session_opens_the_pages_and_the_description_and_nothing_of_the_programs(guarded_service, session_here):
    client = guarded_service()
    client.cookies.update(session_here)

    assert [client.get(path).status_code for path in ("/", "/docs", "/openapi.json", "/password")] == [
        503,
        200,
        200,
        200,
    ]  # there is no store behind the queue here
    assert [client.get(path).status_code for path in ("/v1/model", "/metrics", "/schema.json", "/v1/queue")] == [
        401
    ] * 4
    assert 'name="csrf"' in client.get("/docs").text and client.get("/docs").headers["cache-control"] == "no-store"


def test_pages_are_limited_by_the_address_of_the_client(guarded_service, keys):
    client, elsewhere, (text, _) = (
        guarded_service(rate=0.5, burst=2),
        guarded_service(client=("192.0.2.9", 5)),
        keys.add("crm", "program", None),
    )

    statuses = [client.get("/sign-in").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert (
        client.post("/v1/score", json={}, headers=bearer(text)).status_code,
        elsewhere.get("/sign-in").status_code,
    ) == (200, 200)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b", "text/plain"])
def test_a_page_takes_plain_forms_only(guarded_service, kind):
    assert (
        guarded_service().post("/sign-in", content=b"{}", headers={"content-type": kind}).json()["code"] == "not_a_form"
    )


def test_a_form_is_taken_by_pages_only_and_no_larger_than_it_may_be(guarded_service, keys):
    client, (text, _) = guarded_service(), keys.add("crm", "program", None)

    assert client.post("/v1/score", data={"lead_id": "L-1"}, headers=bearer(text)).json()["code"] == "not_json"
    assert client.post("/sign-in", data={"name": "a" * MAX_FORM_BYTES}).json()["code"] == "too_large"
    assert (
        client.post("/sign-in", content="&".join("a=1" for _ in range(300)), headers={"content-type": FORM}).json()[
            "code"
        ]
        == "too_many_fields"
    )


def test_each_key_has_its_own_share_and_is_told_when_to_come_again(guarded_service, keys, clock):
    client, (first, _), (second, _) = (
        guarded_service(rate=0.5, burst=3),
        keys.add("crm", "one", None),
        keys.add("crm", "other", None),
    )

    statuses = [client.post("/v1/score", json={}, headers=bearer(first)).status_code for _ in range(3)]
    refused = client.post("/v1/score", json={}, headers=bearer(first))
    beside = client.post("/v1/score", json={}, headers=bearer(second))
    clock.seconds += 2
    again = client.post("/v1/score", json={}, headers=bearer(first))

    assert statuses == [200, 200, 200]
    assert (
        refused.status_code,
        refused.json()["code"],
        refused.headers["retry-after"],
        refused.json()["retryable"],
    ) == (429, "rate_limited", "2", True)
    assert (beside.status_code, again.status_code) == (200, 200)


def test_failures_are_slowed_by_client_and_a_good_key_still_passes(guarded_service, keys, clock):
    text, _ = keys.add("crm", "program", None)
    client = guarded_service()

    statuses = [client.get("/v1/model", headers=bearer("llk_no")).status_code for _ in range(22)]
    good = client.post("/v1/score", json={}, headers=bearer(text)).status_code
    slowed = client.get("/v1/model")
    elsewhere = guarded_service(client=("192.0.2.1", 5)).get("/v1/model").status_code
    clock.seconds += 60

    assert statuses == [401] * 20 + [429] * 2
    assert (good, elsewhere) == (200, 401)
    assert slowed.json()["code"] == "too_many_failures" and slowed.headers["retry-after"] == "60"
    assert client.get("/v1/model").status_code == 401


def test_roles_refusals_and_limits_are_counted_without_secrets(guarded_service, keys):
    client, (text, key), (boss, _) = (
        guarded_service(rate=0.001, burst=2),
        keys.add("crm", "program", None),
        keys.add("admin", "boss", None),
    )
    for _ in range(3):
        client.post("/v1/score", json={}, headers=bearer(text))
    client.get("/v1/model")

    metrics = client.get("/metrics", headers=bearer(boss)).text

    assert 'leadlight_requests_total{address="/v1/score",role="crm",status="200"} 2.0' in metrics
    assert "\nleadlight_rate_limited_total 1.0\n" in metrics and "\nleadlight_auth_failures_total 1.0\n" in metrics
    assert "\nleadlight_requests_in_flight 0.0\n" in metrics and key.prefix not in metrics


def test_a_key_is_told_what_is_left_of_its_budget_and_a_stranger_is_not(guarded_service, keys):
    client = guarded_service(rate=1, burst=2)
    text, _ = keys.add("crm", "hubspot", None)
    answers = [client.get("/openapi.json", headers={"x-api-key": text}) for _ in range(3)]

    assert [answer.headers.get("ratelimit-remaining") for answer in answers] == ["1", "0", "0"]
    assert answers[0].headers["ratelimit-limit"] == "2" and answers[2].status_code == 429
    assert "ratelimit-limit" not in client.get("/livez").headers
