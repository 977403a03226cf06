"""What do an assistant's tools read? A desk with 170 invented leads, set up once."""

import pytest

from serving.api.mcp_routes import describe_insights
from serving.mcp.tools import ToolBox


@pytest.fixture(scope="session")
def assistant_desk(make_desk, champion, desk_data, tmp_path_factory):
    """A desk with open leads that have scores, at noon of the fifth of March 2026."""
    return make_desk(tmp_path_factory.mktemp("assistant"), champion, desk_data)


@pytest.fixture(scope="session")
def tool_box(assistant_desk, champion, now):
    """The tools over that desk, without figures."""
    return ToolBox(assistant_desk, None, describe_insights, lambda: champion.engine, lambda: None, lambda: now)
