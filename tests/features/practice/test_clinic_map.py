"""Does the map of clinics keep what a form offers, and no message that somebody wrote into its field?"""

from features.practice.clinic_map import ClinicMap
from features.practice.practice import Practice, Service


def test_services_of_a_long_text_are_found_again_and_not_kept():
    clinics = ClinicMap.from_practice(Practice(services=(Service("MRI scan"), Service("Botox"))))
    message = "I would like an MRI scan of my knee. " * 10

    assert clinics.find_services(message) == clinics.find_services(message) == (0,)
    assert clinics.find_services("Botox") == (1,)
    assert list(clinics._services_by_text) == ["Botox"]
