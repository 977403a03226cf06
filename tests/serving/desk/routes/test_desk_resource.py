"""What do people see where the service has no store?"""

from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware


def test_without_a_store_every_page_says_so(champion, now, people, session):
    from serving.http.request_metrics import RequestMetrics

    application = create_application(Components(champion, lambda: now, users=people))
    client = TestClient(RequestMiddleware(application, metrics=RequestMetrics(())), cookies=session)

    assert client.get("/").status_code == 503 and "no store at hand" in client.get("/").text
