"""Are the texts after a possible emergency there for every text, and do they say the practice's own sentence?"""

import pytest

from serving.desk.message_templates import EMERGENCY, EMERGENCY_TEMPLATES, TEMPLATES, find_template_fault


def test_every_text_has_another_one_for_an_emergency_that_asks_for_no_appointment():
    usual = set(TEMPLATES) - set(EMERGENCY_TEMPLATES.values())

    assert usual == set(EMERGENCY_TEMPLATES)
    for name in EMERGENCY_TEMPLATES.values():
        assert EMERGENCY in TEMPLATES[name] and not {"appointment", "day"} & set(TEMPLATES[name].split())


@pytest.mark.parametrize("name", EMERGENCY_TEMPLATES.values())
def test_a_practice_s_own_text_for_an_emergency_needs_the_sentence(name):
    assert "needs {emergency}" in find_template_fault(name, "When would you like to come in?")
    assert find_template_fault(name, "First: {emergency}") == ""


def test_a_text_is_neither_empty_nor_endless():
    assert all(find_template_fault("call_script", text) for text in ("", "x" * 1001))
    assert find_template_fault("call_script", "x" * 1000) == ""
