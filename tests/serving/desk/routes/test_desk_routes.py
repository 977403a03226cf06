"""Does every page answer, and is each of our addresses a route?"""

import pytest

from serving.desk.routes.desk_routes import PAGES, DeskRoutes
from serving.desk.routes.page_sessions import PageSessions


@pytest.mark.parametrize(
    "path", ["/", "/nurture", "/ledger", "/how", "/settings", "/leads/L-script", "/leads/L%2Fwith%20slash%20%26%20more"]
)
def test_every_page_answers(client, path):
    answer = client.get(path)

    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert "not triage" in answer.text or path != "/how"


def test_each_address_without_an_id_is_a_route_and_none_is_forgotten(people):
    routes = DeskRoutes(None, run_at_once, PageSessions(people)).routes()
    paths = {route.path for route in routes}

    assert paths == {*PAGES, "/leads/{lead_id:path}"}


async def run_at_once(task):
    return task()
