"""Do managers see what people and the model disagreed about, and nobody else?"""

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from tests.serving.conftest import PASSWORD, people_in


@pytest.mark.parametrize(("role", "status"), [("desk", 403), ("manager", 200)])
@pytest.mark.parametrize("path", ["/ledger", "/readings"])
def test_these_pages_are_for_managers(desk, champion, now, tmp_path, role, status, path):
    people = people_in(tmp_path, role=role)
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    cookies = {"__Host-leadlight": people.sign_in("anna", PASSWORD, "tests").token}

    assert TestClient(RequestMiddleware(application), cookies=cookies).get(path).status_code == status
