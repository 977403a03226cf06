"""Does the description of /mcp say what is there?"""

from serving.mcp.tools import TOOLS, check_arguments
from serving.schemas.mcp_operations import describe_mcp


def test_its_text_names_every_tool_and_its_example_is_a_call_that_is_taken():
    operation = describe_mcp({})["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]["params"]

    assert all(name in operation["description"] for name in TOOLS)
    check_arguments(TOOLS[example["name"]], example["arguments"])
