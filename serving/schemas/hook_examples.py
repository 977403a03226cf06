"""What does a call of each hook look like? One example body for each product, and the answers it gets.

Lives here: the examples that the OpenAPI document and the Postman collection share; every person in them is invented.
Does not live here: the operations (``hook_operations``), what a hook reads (``serving.crm.inbound``).
"""

from typing import Any

__all__ = ["HOOK_ANSWER", "HOOK_BODIES", "HOOK_TITLES", "example_failure"]

_MESSAGE = "Could I come in next week about my knee?"

HOOK_TITLES = {
    "generic": "Any other tool (Zapier, Make, n8n)",
    "gravityforms": "Gravity Forms, webhook of an entry",
    "typeform": "Typeform, webhook of a response",
    "facebook": "Facebook and Instagram lead ads, by Zapier, Make or n8n",
    "callrail": "CallRail, webhook after a call",
    "whatconverts": "WhatConverts, webhook of a new lead",
    "odoo": "Odoo, webhook of an automation rule",
    "frappe": "Frappe CRM and ERPNext, webhook of a lead",
    "dynamics": "Dynamics 365, webhook of Dataverse",
    "salesforce": "Salesforce, outbound message",
    "hubspot": "HubSpot, a workflow's action",
    "hubspot/events": "HubSpot, changes of contacts",
}
"""End of a hook's path -> its name for people."""

HOOK_BODIES: dict[str, Any] = {
    "generic": {"Lead ID": "z-771", "Channel": "Web form", "Comments": _MESSAGE, "Zip Code": "75201"},
    "gravityforms": {
        "id": "8812",
        "form_id": "3",
        "date_created": "2026-03-05 11:58:00",
        "source_url": "/knees",
        "message": _MESSAGE,
        "zip": "75201",
    },
    "typeform": {
        "event_type": "form_response",
        "form_response": {
            "form_id": "inv3nt",
            "token": "b7c1f0a2d4e94c5f8a6b",
            "submitted_at": "2026-03-05T11:58:00Z",
            "definition": {
                "fields": [
                    {"id": "A1", "ref": "message", "type": "long_text", "title": "How can we help?"},
                    {"id": "A2", "ref": "zip_code", "type": "short_text", "title": "ZIP"},
                ]
            },
            "answers": [
                {"type": "text", "text": _MESSAGE, "field": {"id": "A1", "type": "long_text", "ref": "message"}},
                {"type": "text", "text": "75201", "field": {"id": "A2", "type": "short_text", "ref": "zip_code"}},
            ],
        },
    },
    "facebook": {
        "id": "3301452",
        "created_time": "2026-03-05T11:58:00+0000",
        "campaign_name": "Spring knees",
        "field_data": [
            {"name": "zip_code", "values": ["75201"]},
            {"name": "phone_number", "values": ["+12145550199"]},
        ],
    },
    "callrail": {
        "resource_id": "CALinvented0000000000000000000001",
        "answered": False,
        "direction": "inbound",
        "customer_phone_number": "+12145550199",
        "source": "Google Ads",
        "start_time": "2026-03-05T05:58:00.000-06:00",
    },
    "whatconverts": {
        "trigger": "new",
        "lead_id": 153928,
        "lead_type": "Web Form",
        "date_created": "2026-03-05T11:58:00Z",
        "lead_source": "google",
        "additional_fields": {"message": _MESSAGE},
        "contact_phone_number": "+12145550199",
        "zip": "75201",
    },
    "odoo": {
        "_id": 27,
        "_model": "crm.lead",
        "create_date": "2026-03-05 11:58:00",
        "email_from": False,
        "phone": "+12145550199",
        "zip": "75201",
        "description": f"<p>{_MESSAGE}</p>",
    },
    "frappe": {
        "doctype": "CRM Lead",
        "name": "CRM-LEAD-2026-00027",
        "mobile_no": "+12145550199",
        "source": "Website",
    },
    "dynamics": {
        "PrimaryEntityName": "lead",
        "MessageName": "Create",
        "OperationCreatedOn": "/Date(1772704800000)/",
        "InputParameters": [
            {
                "key": "Target",
                "value": {
                    "LogicalName": "lead",
                    "Id": "6d81597f-0f9f-4711-8122-000d3aa2331c",
                    "Attributes": [{"key": "address1_postalcode", "value": "02110"}],
                },
            }
        ],
    },
    "salesforce": (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        "<OrganizationId>00D7F0000000001UAA</OrganizationId><Notification><Id>04l1</Id>"
        '<sObject xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        "<sf:Id>00Q1</sf:Id><sf:PostalCode>02110</sf:PostalCode></sObject></Notification></notifications>"
        "</e:Body></e:Envelope>"
    ),
    "hubspot": {"vid": 70451, "properties": {"zip": {"value": "75201"}, "message": {"value": _MESSAGE}}},
    "hubspot/events": [
        {
            "eventId": 1,
            "subscriptionType": "contact.propertyChange",
            "objectId": 70451,
            "propertyName": "zip",
            "propertyValue": "75201",
            "occurredAt": 1772711880000,
        }
    ],
}
"""End of a hook's path -> a body as its product sends it."""

HOOK_ANSWER = {
    "lead_id": "z-771",
    "score": 31,
    "grade": "B",
    "lane": "normal",
    "next_step": "Call now",
    "reason_1": "Asked for an appointment",
    "reason_1_effect": "raises",
    "reasons_in_words": "Asked for an appointment",
    "ignored": "",
    "channel_note": None,
}
"""A part of the flat answer; ``/v1/score`` describes every field."""

_CODES = {
    "400": "invalid_json",
    "401": "no_key",
    "403": "wrong_role",
    "404": "unknown_lead",
    "408": "too_slow",
    "409": "id_conflict",
    "410": "forgotten",
    "413": "too_large",
    "415": "not_json",
    "422": "invalid_lead",
    "429": "rate_limited",
    "431": "headers_too_large",
    "503": "not_ready",
}


def example_failure(status: str, message: str) -> dict[str, Any]:
    """Return an error as every caller gets it.

    >>> example_failure("422", "A value is invalid; see fields.")["fields"][0]["field"]
    'lead_id'
    """
    fault = {"field": "lead_id", "found": "nothing", "expected": "the record's own id"}
    failure = {
        "code": _CODES.get(status, "refused"),
        "message": message,
        "retryable": status in ("408", "429", "503"),
        "request_id": "2818be54f385481781e1ab9a270c60d3",
        "fields": [fault] if status == "422" else [],
    }
    return failure | {"retry_after": 2} if status in ("429", "503") else failure
