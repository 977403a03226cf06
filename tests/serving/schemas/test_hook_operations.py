"""Is every hook described, by the proof that it asks for?"""

from serving.crm.inbound.routes import HOOK_PATHS
from serving.schemas.hook_operations import describe_hooks


def test_every_hook_is_described_and_says_how_its_caller_is_proven():
    hooks = describe_hooks({"type": "object"})

    assert set(hooks) == set(HOOK_PATHS)
    assert {path for path in hooks if "hubSpotSignature" in hooks[path]["post"]["security"][0]} == {
        path for path in HOOK_PATHS if "hubspot" in path
    }
    assert set(hooks["/v1/hooks/salesforce"]["post"]["requestBody"]["content"]) == {"text/xml"}
