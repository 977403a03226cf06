"""Does only the right key open a hook, wherever a CRM can put it?"""

import pytest

from serving.crm.inbound.hook_key_check import verify_key
from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError

WITH_SECRET = CrmSettings(secrets={"generic": Secret("an invented client secret")})


@pytest.mark.parametrize(
    "request_",
    [
        HookRequest("POST", "/a", {"authorization": "Bearer an invented client secret"}, b""),
        HookRequest("POST", "/a", {"x-api-key": "an invented client secret"}, b""),
        HookRequest("POST", "/a?code=an+invented%20client+secret", {}, b""),
    ],
)
def test_a_key_is_taken_from_each_place_a_crm_can_put_it(request_):
    verify_key(request_, WITH_SECRET, "generic")


@pytest.mark.parametrize(
    "request_",
    [
        HookRequest("POST", "/a", {}, b""),
        HookRequest("POST", "/a?code=", {}, b""),
        HookRequest("POST", "/a?code=another+invented+key", {}, b""),
        HookRequest("POST", "/a", {"authorization": "Basic an invented client secret"}, b""),
        HookRequest("POST", "/a", {"x-api-key": "\udcff"}, b""),
    ],
)
def test_a_wrong_key_is_refused(request_):
    with pytest.raises(RequestError, match="does not have this hook's key"):
        verify_key(request_, WITH_SECRET, "generic")


def test_many_parameters_are_no_key():
    with pytest.raises(RequestError, match="does not have this hook's key"):
        verify_key(
            HookRequest("POST", "/a?" + "&".join("a=1" for _ in range(60_000)), {}, b""),
            WITH_SECRET,
            "generic",
        )
