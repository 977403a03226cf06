"""Does each refusal of the store reach the caller with its own status, as a sentence?"""

import pytest

from serving.errors import (
    Fault,
    IdConflict,
    RequestError,
    StoreConflict,
    StoreRefused,
    StoreUnavailable,
    UnknownLead,
)
from serving.leads.store_errors import translate_store_errors


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (UnknownLead("store: there is no such lead."), 404, "unknown_lead"),
        (IdConflict("store: there is no such lead.", (Fault("event_id", "text", "another id"),)), 409, "id_conflict"),
        (StoreConflict("store: there is no such lead."), 422, "idempotency_conflict"),
        (StoreRefused("store: there is no such lead."), 422, "invalid_value"),
        (StoreUnavailable("store: there is no such lead."), 503, "store_unavailable"),
    ],
)
def test_an_error_of_the_store_is_one_of_the_request(fault, status, code):
    with pytest.raises(RequestError, match="^There is no such lead") as caught, translate_store_errors():
        raise fault

    assert (caught.value.status, caught.value.code, caught.value.retryable) == (status, code, status == 503)
    assert [field.field for field in caught.value.fields] == (["event_id"] if status == 409 else [])


def test_what_is_no_error_of_the_store_passes():
    with pytest.raises(KeyError), translate_store_errors():
        raise KeyError("x")
