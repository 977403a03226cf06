"""Does a service that a practice offers help to read that a procedure is named? In fourteen fields, three of each."""

import numpy as np
import pytest

from features.practice.practice import Service
from features.text.label_reader import LabelReader
from tests.support.message_readers import build_message_reader

PRACTICES = {
    "cardiology": ("Holter monitor", "do you do the zio patch thing", ("zio patch",)),
    "dermatology": ("Mole mapping", "is there a wait for mole mapping", ()),
    "dental": ("Clear aligners", "are straightteeth trays any good for grownups", ("straightteeth trays",)),
    "gastroenterology": ("Capsule camera", "can I still swallow the capsule camera with braces", ()),
    "urology": ("Rezum", "my neighbor raves about rezum, thoughts?", ()),
    "neurology": ("Nerve study", "does the nerve study hurt", ()),
    "ophthalmology": ("Dry eye lipiflow", "lipiflow yes or no", ("lipiflow",)),
    "orthopedics": ("Ganglion aspiration", "how long is a ganglion aspiration", ()),
    "pediatrics": ("Sports physical", "anything open for sports physicals in may", ("sports physicals",)),
    "psychiatry": ("Spravato", "who there does spravato", ()),
    "women's health": ("Mona Lisa Touch", "asking about the mona lisa touch", ()),
    "plastic": ("CoolTone", "two rounds of cooltone please", ()),
    "podiatry": ("Keryflex", "keryflex for an ugly nail?", ()),
    "sleep": ("Inspire", "is inspire something you people put in", ()),
}
MORE_NAMED = (
    ("Calcium score", "neighbor got a calcium score at your place", ()),
    ("Enhanced counterpulsation", "ever heard of eecp? is that you guys", ("eecp",)),
    ("Blue light", "is blue light something for foreheads", ()),
    ("Microneedling", "first timer, microneedling, nervous lol", ()),
    ("Snap on smile", "snap on smile for my mom?", ()),
    ("Gum grafting", "grafting along the bottom front, who does that", ("grafting",)),
    ("Fibroscan", "wondering about fibroscan", ()),
    ("Halo ablation", "my cousin mentioned halo for barretts", ("halo",)),
    ("Urolift", "brother in law had urolift and brags about it", ()),
    ("Axonics", "axonics rep said to reach out to you", ()),
    ("Qutenza", "whats the deal with qutenza", ()),
    ("Occipital block", "are occipitals done in the office", ("occipitals",)),
    ("Ortho k", "is my kid too young for ortho k", ()),
    ("Scleral fitting", "sclerals for keratoconus, anyone there good at those", ("sclerals",)),
    ("Makoplasty", "interested in makoplasty left side", ()),
    ("Coolief", "coolief for the knee, worth it?", ()),
    ("Tongue tie release", "tongue tie release for a 3 week old", ()),
    ("Ear tubes", "tubes for a toddler, which of your offices", ("tubes",)),
    ("Neurofeedback", "neurofeedback on saturdays?", ()),
    ("Stellate block", "is stellate covered", ("stellate",)),
    ("Hormone pellets", "pellets, are those still a thing with you", ("pellets",)),
    ("Emsella chair", "the emsella chair, does insurance care", ()),
    ("Emface", "emface before my reunion", ()),
    ("Sculptra", "friend loves her sculptra", ()),
    ("Lapiplasty", "anybody there trained in lapiplasty", ()),
    ("Swift", "swift for my sons warts", ()),
    ("Oral appliance", "oral appliance instead of the mask", ()),
    ("Watchpat", "can the watchpat be mailed out", ()),
)
"""Written all at once, two for each field, before any was read. None was taken out."""
LABELS = LabelReader.load_default()
PROCEDURE = LABELS.labels.index("procedure")


def read(message, *services):
    """The probabilities of a message at a practice with these services."""
    reader = build_message_reader(*services)
    return LABELS.read([message], reader.read_all([message], np.array(["2026-03-04"], "datetime64[D]"))).probability[0]


@pytest.mark.parametrize("field", PRACTICES)
def test_a_service_of_the_practice_raises_the_procedure_and_nothing_else(field):
    name, message, synonyms = PRACTICES[field]

    ours, elsewhere = read(message, Service(name, synonyms)), read(message)

    assert ours[PROCEDURE] > elsewhere[PROCEDURE]
    np.testing.assert_array_equal(np.delete(ours, PROCEDURE), np.delete(elsewhere, PROCEDURE))


@pytest.mark.parametrize("field", PRACTICES)
def test_a_message_that_names_no_service_reads_alike_at_every_practice(field):
    name, _, synonyms = PRACTICES[field]
    message = "please call me back after lunch"

    np.testing.assert_array_equal(read(message, Service(name, synonyms)), read(message))


@pytest.mark.parametrize(("name", "message", "synonyms"), MORE_NAMED)
def test_what_is_named_in_other_words_raises_it_as_well(name, message, synonyms):
    ours, elsewhere = read(message, Service(name, synonyms)), read(message)

    assert ours[PROCEDURE] > elsewhere[PROCEDURE]
    np.testing.assert_array_equal(np.delete(ours, PROCEDURE), np.delete(elsewhere, PROCEDURE))


def test_of_messages_that_name_a_service_some_are_read_otherwise():
    """At least one in fourteen: .5 of log-odds decide where the words are in doubt, and most words are not."""
    said = [
        [
            read(message, *services)[PROCEDURE] >= LABELS.threshold[PROCEDURE]
            for services in ((), (Service(name, also),))
        ]
        for name, message, also in (*PRACTICES.values(), *MORE_NAMED)
    ]

    assert sum(with_service > without for without, with_service in said) >= len(said) / len(PRACTICES)
