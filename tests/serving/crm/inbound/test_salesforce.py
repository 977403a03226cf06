"""Is an outbound message read, acknowledged to the letter, and is a trap of XML refused?"""

import re
import time
import tracemalloc
from xml.dom import minidom
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.crm.inbound import salesforce
from serving.crm.inbound.soap import parse_xml
from serving.crm.ports import HookRequest
from serving.errors import RequestError

TRUE = (
    b'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>'
)


def message(count, organization="00D7F0000000001UAA"):
    """A message with so many leads, shortest form."""
    lead = '<Notification><Id>04l{n}</Id><sObject xmlns:sf="urn:sobject.partner.soap.sforce.com">'
    lead += "<sf:Id>00Q{n}</sf:Id><sf:PostalCode>02110</sf:PostalCode></sObject></Notification>"
    inner = "".join(lead.format(n=n) for n in range(count))
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{organization}</OrganizationId>{inner}</notifications></e:Body></e:Envelope>"
    ).encode()


def test_a_message_is_kept_and_acknowledged_to_the_letter(add_key, payload_of, hook_settings, gateway, noon):
    reply = salesforce.handle_outbound_message(
        add_key(payload_of("salesforce_outbound.xml")), hook_settings, gateway, noon
    )

    assert (reply.status, reply.headers["content-type"], reply.body) == (200, "text/xml; charset=utf-8", TRUE)
    assert gateway.leads["00Q7F0000000001UAA"] == {
        "created_at": "2026-03-05T10:00:00.000Z",
        "source": "Web",
        "message": "Knee pain & swelling, could I come in <soon>?",
        "postal_code": "02110",
        "phone": "(617) 555-0199",
        "email": "planted.person@example.org",
        "first_name": "Plantedfirst",
        "last_name": "Plantedlast",
    }
    assert gateway.leads["00Q7F0000000002UAA"] == {"source": "Referral"}


def test_the_other_acknowledgement_differs_in_one_word():
    assert salesforce.NOT_ACKNOWLEDGED == TRUE.replace(b"true", b"false")
    assert minidom.parseString(salesforce.NOT_ACKNOWLEDGED).getElementsByTagName("Ack")[0].firstChild.data == "false"


def test_a_message_that_comes_again_late_changes_nothing(add_key, payload_of, hook_settings, gateway, noon):
    newer = payload_of("salesforce_outbound.xml")
    older = (
        newer.replace(b"10:05:00", b"10:04:00")
        .replace(b"02110", b"99999")
        .replace(b"04l7F000000000aQAA", b"04l7F000000000cQAA")
    )

    for body in (newer, older, newer):
        salesforce.handle_outbound_message(add_key(body), hook_settings, gateway, noon)

    assert gateway.leads["00Q7F0000000001UAA"]["postal_code"] == "02110"


def test_where_the_store_is_away_nothing_is_acknowledged(add_key, payload_of, hook_settings, gateway, noon):
    gateway.fault, gateway.faulty = RequestError(503, "away", "away", retryable=True), ("00Q7F0000000002UAA",)

    assert (
        salesforce.handle_outbound_message(
            add_key(payload_of("salesforce_outbound.xml")), hook_settings, gateway, noon
        ).body
        == salesforce.NOT_ACKNOWLEDGED
    )


def test_a_lead_that_can_never_be_read_is_acknowledged_and_the_others_are_kept(
    add_key, payload_of, hook_settings, gateway, noon
):
    gateway.fault, gateway.faulty = RequestError(422, "invalid_lead", "bad"), ("00Q7F0000000001UAA",)

    reply = salesforce.handle_outbound_message(
        add_key(payload_of("salesforce_outbound.xml")), hook_settings, gateway, noon
    )

    assert reply.body == TRUE and list(gateway.leads) == ["00Q7F0000000002UAA"]


def test_the_session_id_reaches_nothing(add_key, payload_of, hook_settings, gateway, noon, caplog):
    caplog.set_level(0)

    reply = salesforce.handle_outbound_message(
        add_key(payload_of("salesforce_outbound.xml")), hook_settings, gateway, noon
    )

    objects = (reply, reply.body, gateway, parse_xml(payload_of("salesforce_outbound.xml")), add_key(b"PLANTEDSESSION"))
    assert "PLANTEDSESSION" not in caplog.text + "".join(map(repr, objects))


def test_a_hundred_records_pass_and_one_more_does_not(add_key, hook_settings, gateway, noon):
    assert salesforce.handle_outbound_message(add_key(message(100)), hook_settings, gateway, noon).body == TRUE

    with pytest.raises(RequestError, match="101 notifications"):
        salesforce.handle_outbound_message(add_key(message(101)), hook_settings, gateway, noon)
    with pytest.raises(RequestError, match="0 notifications"):
        salesforce.handle_outbound_message(add_key(message(0)), hook_settings, gateway, noon)
    assert len(gateway.leads) == 100


def test_the_organization_is_compared_without_the_three_signs_at_its_end(add_key, hook_settings, gateway, noon):
    assert (
        salesforce.handle_outbound_message(add_key(message(1, "00D7F0000000001")), hook_settings, gateway, noon).body
        == TRUE
    )

    for other in ("00D7F0000000002UAA", "", "00d7f0000000001UAA"):
        with pytest.raises(RequestError, match="not from the organization"):
            salesforce.handle_outbound_message(add_key(message(1, other)), hook_settings, gateway, noon)


def test_without_its_key_a_message_is_not_even_read(hook_settings, gateway, noon):
    with pytest.raises(RequestError, match="does not have this hook's key"):
        salesforce.handle_outbound_message(
            HookRequest("POST", "/v1/hooks/salesforce", {}, b"<!DOCTYPE a>"), hook_settings, gateway, noon
        )


@pytest.mark.parametrize(
    "old_namespace", ["http://schemas.xmlsoap.org/soap/envelope/", "http://soap.sforce.com/2005/09/outbound"]
)
def test_a_wrong_namespace_is_refused(add_key, hook_settings, gateway, noon, old_namespace):
    with pytest.raises(RequestError, match="SOAP envelope|in its namespace"):
        salesforce.handle_outbound_message(
            add_key(message(1).replace(old_namespace.encode(), b"urn:other")), hook_settings, gateway, noon
        )


def test_fields_of_another_namespace_are_no_fields(add_key, hook_settings, gateway, noon):
    reply = salesforce.handle_outbound_message(
        add_key(message(1).replace(b"urn:sobject.partner", b"urn:sobject.other")), hook_settings, gateway, noon
    )

    assert reply.body == TRUE and gateway.leads == {}


BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (i + 1, i, i, i) for i in range(97, 120))
    + b"]><a>&x;</a>"
)
TRAPS = {
    "bomb": BOMB,
    "outside": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "document type alone": b"<!DOCTYPE a><a/>",
    "document type outside": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a/>',
    "instruction": b'<?xml-stylesheet href="a"?><a/>',
    "unknown entity": b"<a>&nbsp;</a>",
    "deep": b"<a>" * 100_000,
    "wide": b"<a>" + b"<b/>" * 100_000 + b"</a>",
    "attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(1000)) + b"/>",
    "utf-16": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
    "utf-16 without a mark": "<a/>".encode("utf-16-le"),
    "not utf-8": b"<a>\xff</a>",
    "zero": b"<a>\x00</a>",
    "empty": b"",
    "json": b'{"a": 1}',
    "two roots": b"<a/><b/>",
    "cut off": b"<a><b>",
    "unbound prefix": b"<x:a/>",
    "lone surrogate": b"<a>&#xD800;</a>",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_of_xml_is_refused_fast_and_in_little_memory(trap):
    begun = time.process_time()
    with pytest.raises(RequestError, match="The request body (has|refers|is|holds)"):
        parse_xml(TRAPS[trap])
    took = time.process_time() - begun
    tracemalloc.start()
    try:
        with pytest.raises(RequestError, match="The request body"):
            parse_xml(TRAPS[trap])
        highest = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert took < 1 and highest < 32 * 1024 * 1024


def test_a_refusal_repeats_nothing_of_the_document():
    for trap in (b"<Planted>&Planted;</Planted>", b"<a Planted='1'>", b"<!DOCTYPE Planted><a/>"):
        with pytest.raises(RequestError, match=r"^(?!.*Planted)"):
            parse_xml(trap)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_tree_or_a_refusal(body):
    try:
        root = parse_xml(body)
    except RequestError as refused:
        assert refused.status == 400
    else:
        assert isinstance(root, Element) and root.tag


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_message_is_a_refusal_or_harmless(data):
    from serving.crm_settings import CrmSettings, Secret
    from tests.serving.crm.conftest import KEY, NOW, MemoryGateway

    body = bytearray(message(2))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(body) - 1))
        body[position : position + data.draw(st.integers(0, 9))] = data.draw(
            st.sampled_from([b"", b"<", b">", b"&", b"]]>", b"<!--", b"<![CDATA[", b"</", b"\xff", b'"'])
        )
    hook = CrmSettings(secrets={"salesforce": Secret(KEY)})
    try:
        reply = salesforce.handle_outbound_message(
            HookRequest("POST", "/a", {"x-api-key": KEY}, bytes(body)), hook, MemoryGateway(), NOW
        )
    except RequestError as refused:
        assert refused.status in (400, 422)
    else:
        assert reply.body in (salesforce.ACKNOWLEDGED, salesforce.NOT_ACKNOWLEDGED)


def test_external_services_find_no_list_of_objects_without_a_name():
    from serving.schemas.openapi import build_openapi

    def walk(schema, path_of_schema):
        if isinstance(schema, dict):
            if schema.get("type") == "array":
                items = schema.get("items", {})
                assert (
                    "$ref" in items
                    or items.get("type") not in ("object", "array")
                    and "properties" not in items
                    and "items" not in items
                ), path_of_schema
            for name, inner in schema.items():
                walk(inner, f"{path_of_schema}.{name}")
        elif isinstance(schema, list):
            for number, inner in enumerate(schema):
                walk(inner, f"{path_of_schema}[{number}]")

    document = build_openapi()
    walk(document, "")
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", operation["operationId"]) for operation in operations)
    assert not any("headers" in answer for operation in operations for answer in operation["responses"].values())
