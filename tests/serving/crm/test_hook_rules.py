"""Do a hook's rules say what the practice wrote, and is every mistake in its file named?"""

import pytest

from serving.crm.hook_rules import CHANNELS, FORM_HOOKS, load_rules, read_rules
from serving.errors import ServiceError
from serving.http.authorization import FORM_PATHS


def test_every_hook_that_takes_forms_has_rules_and_a_channel_that_is_known():
    rules = load_rules()

    assert set(rules) == {"generic", *FORM_HOOKS} == {path.rpartition("/")[2] for path in FORM_PATHS}
    assert all(rules[hook].channel in CHANNELS for hook in FORM_HOOKS)


def test_the_practices_file_adds_to_ours_and_replaces_a_default(tmp_path):
    file = tmp_path / "hooks.toml"
    file.write_text('[typeform]\nchannel = "chat"\nfields = { Ask = "message" }\ndrop = ["consent"]\n')

    rules, ours = read_rules(file), load_rules()

    assert rules["typeform"].channel == "chat" and rules["typeform"].fields["Ask"] == "message"
    assert rules["typeform"].fields["submitted_at"] == "created_at" and "consent" in rules["typeform"].drop
    assert rules["callrail"] == ours["callrail"] and "Ask" not in ours["typeform"].fields


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[typefrom]\n", "no such hook, expected one of generic"),
        ("[typeform]\nchanel = 'a'\n", "a key that is not known"),
        ("[typeform]\nfields = { a = 'shoe_size' }\n", "'shoe_size' as a column"),
        ("[typeform]\nfields = { a = 'lead_id' }\n", "'lead_id' as a column"),
        ("[typeform]\nchannel = 3\n", "expected a text"),
        ("[typeform]\nids = 'token'\n", "expected a list of names"),
        ("[typeform]\nvalues.channel = { a = 1 }\n", "expected texts"),
        ("[typeform]\nvalues = { channel = 1 }\n", "expected a table"),
        ("typeform = 1\n", "a key that is not known"),
        ("[typeform\n", "not valid TOML"),
        ("#" * 300_000, "larger than 256 KB"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, message):
    file = tmp_path / "hooks.toml"
    file.write_text(text)

    with pytest.raises(ServiceError, match=message):
        read_rules(file)


def test_a_file_that_is_not_there_is_said_without_its_path(tmp_path):
    with pytest.raises(ServiceError, match="cannot be read") as fault:
        read_rules(tmp_path / "gone.toml")

    assert str(tmp_path) not in str(fault.value)
