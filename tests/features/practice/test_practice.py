"""Does a practice.toml say what its author meant, or which line to mend?"""

import string
import tomllib

import numpy as np
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as some

from features.calendar.opening_hours import DEFAULT_HOURS, parse_opening_hours
from features.errors import PracticeError
from features.point_in_time.context import Context
from features.practice.clinic_map import ClinicMap
from features.practice.practice import Clinic, Practice, QualifyingRule, Service
from features.practice.toml_line_numbers import find_line_numbers
from features.practice_file.practice_toml import practice_from_dict, read_practice
from features.practice_file.validation import MAX_QUALIFYING_LINES
from features.text.phrase_lexicon import PhraseLexicon


def write_practice(folder, text, **others):
    """A practice.toml with this text, and other files beside it."""
    for name, content in others.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    (folder / "practice.toml").write_text(text, encoding="utf-8")
    return folder / "practice.toml"


def faults(folder, text, **others):
    """The sentences of the report about this text."""
    with pytest.raises(PracticeError, match="fault") as raised:
        read_practice(write_practice(folder, text, **others))
    return [line.removeprefix("  - ") for line in str(raised.value).splitlines()[1:]]


def test_every_fault_of_every_entry_stands_in_one_report_with_its_line(tmp_path):
    text = (
        '[[clinics]]\nname = "A"\nradius_km = "ten"\n\n[[clinics]]\npostal_code = "1"\n[[services]]\n'
        'name = "B"\nages = [64, 18]\nvalu = 3\n'
    )

    report = faults(tmp_path, text)

    assert (
        report[0] == "practice.toml line 3: clinics[1].radius_km: found 'ten', expected a number of km greater than 0."
    )
    assert [line.partition(": ")[0] for line in report] == [
        f"practice.toml line {number}" for number in (3, 5, 6, 9, 10)
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("horizon_day = 30\n", "line 1: practice.horizon_day: is not known. Did you mean 'horizon_days'?"),
        (
            '[practice]\ntimezone = "America/Chigaco"\n',
            "line 2: practice.timezone: 'America/Chigaco' is not an IANA time zone",
        ),
        ('[practice]\ntimezone = "America/Chigaco"\n', "Did you mean 'America/Chicago'?"),
        (
            '[practice]\ntimezone = "America/Dallas"\n',
            "Those of the United States are: 'America/New_York', 'America/Chicago'",
        ),
        (
            '[practice]\nopening_hours = ["Mon-Fri 8-5"]\n',
            "line 2: practice.opening_hours: found 'Mon-Fri 8-5', expected days and hours",
        ),
        (
            '[practice]\nopening_hours = ["Mon 08:00-12:00", "Mon-Tue 11:00-13:00"]\n',
            "Mon is open twice at the same time",
        ),
        (
            '[[clinics]]\nname = "A"\npostal_code = "7523"\n',
            "line 3: clinics[1].postal_code: found '7523', expected a ZIP code of five digits",
        ),
        ('[[clinics]]\nname = "A"\npostal_code = "00000"\n', "'00000' is not on the map of US ZIP codes"),
        ('[[clinics]]\nname = "A"\nlatitude = 32.8\n', "is given without longitude. Give both or neither"),
        (
            '[[clinics]]\nname = "A"\npostal_code = "75231"\nlatitude = 32.8\nlongitude = 96.8\n',
            "km from the clinic's ZIP 75231",
        ),
        (
            '[[clinics]]\nname = "A"\nservices = [\n  "Hip",\n  "Kne",\n]\n[[services]]\n'
            'name = "Knee"\n[[services]]\nname = "Hip"\n',
            "line 5: clinics[1].services[2]: 'Kne' is not the name of one of the [[services]]. Did you mean 'Knee'?",
        ),
        (
            '[[clinics]]\nname = "A"\nservices = ["TKR"]\n[[services]]\nname = "Knee"\nalso_called = ["tkr"]\n',
            "It is another name of 'Knee'; write that.",
        ),
        (
            '[[clinics]]\nname = "A"\nservices = ["Hip"]\n[[services]]\nname = "Hip"\n[[services]]\nname = "Knee"\n',
            "line 6: services[2]: 'Knee' is offered by no clinic",
        ),
        (
            '[[services]]\nname = "Knee"\nalso_called = ["joint"]\n[[services]]\nname = "Hip"\n'
            'also_called = ["hips", "Joint"]\n',
            "line 6: services[2].also_called[2]: 'Joint' already means 'Knee'",
        ),
        (
            '[[services]]\nname = "Knee"\n[[services]]\nname = "knee"\n',
            "line 4: services[2].name: the name 'knee' occurs 2 times",
        ),
        (
            '[[services]]\nname = "Knee"\npayers = []\n',
            "line 3: services[1].payers: is an empty list. Leave the line out where any payer is accepted",
        ),
        ('[[services]]\nname = "Knee"\nvalue = nan\n', "line 3: services[1].value: found nan, expected a number"),
        (
            '[clinics]\nname = "A"\n',
            "line 1: clinics: found a single table, expected entries that each begin with [[clinics]]",
        ),
        (
            '[practice]\nphrases = "mine.toml"\n',
            "line 2: practice.phrases: there is no file 'mine.toml' beside practice.toml",
        ),
    ],
)
def test_a_fault_names_its_line_what_was_found_and_what_to_write(tmp_path, text, sentence):
    assert any(sentence in line for line in faults(tmp_path, text))


def test_a_fault_of_spelling_is_told_with_line_and_column(tmp_path):
    with pytest.raises(PracticeError, match=r"practice.toml: is not readable as TOML: .*line 2, column 8"):
        read_practice(write_practice(tmp_path, "[practice]\nname = \n"))


def test_a_practice_survives_the_bundle():
    practice = Practice(
        clinics=(
            Clinic("A", "02110", ("Knee",), latitude=42.36, longitude=-71.06, opening_hours=("Sat 09:00-12:00",)),
        ),
        services=(Service("Knee", payers=("Aetna",), ages=(18, 64), value=5.0),),
        phrases={"groups": {"appointment": {"phrases": ["squeeze us between harvests"]}}},
    )

    assert practice_from_dict(practice.to_dict()) == practice


def test_hours_are_the_usual_ones_until_the_practice_or_a_clinic_says_others():
    practice = Practice(
        opening_hours=("Mon-Thu 07:30-18:00", "Fri 07:30-12:00, 13:00-15:00"),
        clinics=(Clinic("A"), Clinic("B", opening_hours=("Sun 00:00-24:00",))),
    )

    assert Practice().open_minutes() == parse_opening_hours(DEFAULT_HOURS)
    assert practice.open_minutes(practice.clinics[0]) == practice.open_minutes()
    assert practice.open_minutes()[3:5] == (((450, 1080),), ((450, 720), (780, 900)))
    assert practice.open_minutes(practice.clinics[1])[6] == ((0, 1440),)


def test_open_time_follows_the_hours_of_practice_toml():
    late = Context(practice=Practice(opening_hours=("Mon-Thu 08:00-21:00", "Sat 09:00-12:00")))

    assert Context().business_time.describe() == DEFAULT_HOURS[0]
    assert late.business_time.describe() == "Mon-Thu 08:00-21:00; Sat 09:00-12:00"


def test_a_clinic_stands_where_its_coordinates_say():
    geography = ClinicMap.from_practice(
        Practice(clinics=(Clinic("A", "02110"), Clinic("B", latitude=40.0, longitude=-75.0), Clinic("C")))
    )

    assert geography.latitude[1] == 40.0 and np.isfinite(geography.latitude[0]) and np.isnan(geography.latitude[2])


def test_a_practice_adds_phrases_of_its_own(tmp_path):
    phrase_file = (
        '[groups.appointment]\nphrases = ["squeeze us between harvests", "(meet|greet) the {doctor}"]\n'
        '[timeframes]\n"after harvest" = 90\n'
    )

    practice = read_practice(write_practice(tmp_path, '[practice]\nphrases = "own.toml"\n', own=phrase_file))
    reader = Context(practice=practice_from_dict(practice.to_dict())).reader

    assert reader.read("please squeeze us between harvests after harvest").counts["appointment"] == 1
    assert reader.read("I can come after harvest").days == 90
    assert Context().reader.read("please squeeze us between harvests").counts["appointment"] == 0
    assert set(PhraseLexicon.load_default().groups) == set(Context(practice=practice).phrases.groups)


def test_the_faults_of_a_phrase_file_stand_in_the_same_report(tmp_path):
    phrase_file = (
        '[groups.appointmnt]\nphrases = ["x"]\n[groups.appointment]\nnegatable = false\n'
        'phrases = ["ok", "(see the", "the {doctr}", "!!"]\n[timeframes]\nsoon = "now"\n'
    )

    report = faults(tmp_path, 'label = "came"\n[practice]\nphrases = "own.toml"\n', own=phrase_file)

    assert [line.partition(": ")[0] for line in report] == [
        f"own.toml line {number}" for number in (1, 4, 5, 5, 5, 7)
    ] + ["practice.toml line 1"]
    assert "Did you mean 'appointment'?" in report[0] and "Did you mean 'doctor'?" in " ".join(report)


keys = some.text(string.ascii_letters + "-_. ü", min_size=1, max_size=6)
scalars = some.one_of(
    some.integers(0, 9),
    some.booleans(),
    some.text("ab\"'#[]{},=\n\\é", max_size=8),
    some.floats(allow_nan=False, allow_infinity=False),
)
values = some.recursive(
    scalars, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(keys, inner, max_size=3), max_leaves=6
)
documents = some.dictionaries(
    keys, values | some.lists(some.dictionaries(keys, values, max_size=3), min_size=1, max_size=3), max_size=4
)


@settings(max_examples=30, deadline=None)
@given(documents)
def test_every_setting_of_any_document_has_its_line(document):
    text = tomlkit.dumps(document)

    lines = find_line_numbers(text)

    assert {path for path in paths_of(tomllib.loads(text)) if path not in lines} == set()


settings_of = some.fixed_dictionaries(
    {},
    optional={
        name: values
        for name in (
            "name",
            "timezone",
            "horizon_days",
            "opening_hours",
            "phrases",
            "postal_code",
            "services",
            "payers",
            "ages",
            "also_called",
            "radius_km",
            "latitude",
            "longitude",
            "value",
            "referral_required",
            "label",
            "unheard_of",
        )
    },
)
practices = some.fixed_dictionaries(
    {},
    optional={
        "practice": settings_of | scalars,
        "clinics": some.lists(settings_of | scalars, max_size=3) | scalars,
        "services": some.lists(settings_of | scalars, max_size=3) | scalars,
    },
)


@settings(max_examples=40, deadline=None)
@given(practices, settings_of)
def test_whatever_stands_in_it_is_read_or_reported_and_never_a_crash(tmp_path_factory, parts, top):
    path = tmp_path_factory.mktemp("any") / "practice.toml"
    path.write_text(tomlkit.dumps(top | parts), encoding="utf-8")

    try:
        practice = read_practice(path)
    except PracticeError as fault:
        assert "practice.toml" in str(fault)
    else:
        assert practice_from_dict(practice.to_dict()) == practice


def test_lines_count_through_comments_multi_line_texts_and_inline_tables():
    text = (
        '# [a]\nx = """\n[b]\ny = 1\n"""\n"q.r".s = {t = 1, u = [\n1, # ]\n2]}\r\n[[c]]\n[c.d]\n'
        "z = 1979-05-27 07:32:00\n[[c]]\n"
    )

    lines = find_line_numbers(text)

    assert (
        lines[("x",)] == 2
        and lines[("q.r", "s", "u", 2)] == 8
        and lines[("c", 1, "d", "z")] == 11
        and lines[("c", 2)] == 12
    )


def paths_of(value, path=()):
    """Every path of a TOML document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*path, name)
        yield from paths_of(item, (*path, name))


def test_a_file_that_cannot_be_opened_is_told_and_no_crash(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(PracticeError, match="practice.toml: cannot be read: Not a directory. Check its path and perm"):
        read_practice(tmp_path / "file" / "practice.toml")


def test_a_rule_of_more_lines_than_anybody_reads_is_refused_with_one_letter(tmp_path):
    file = tmp_path / "practice.toml"
    lines = [f'[[qualified]]\nwhen = "distance_to_offering_clinic > {number}"\n' for number in range(3_000)]
    file.write_text("".join(lines[:MAX_QUALIFYING_LINES]))
    assert len(read_practice(file).qualified) == MAX_QUALIFYING_LINES

    file.write_text("".join(lines))
    with pytest.raises(PracticeError, match=r"found 3,000 lines .* expected at most 100") as fault:
        read_practice(file)

    assert str(fault.value).count("qualified[") == 1 and "line 201: qualified[101]" in str(fault.value)


def test_a_rule_for_qualified_leads_is_read_and_every_fault_is_said(tmp_path):
    file = tmp_path / "practice.toml"
    file.write_text('[[qualified]]\nwhen = "asks_for_appointment and payer is known"\n')
    assert read_practice(file).qualified == (QualifyingRule("asks_for_appointment and payer is known"),)

    file.write_text(
        '[[qualified]]\nwhen = "chanel = chat"\n[[qualified]]\nwhen = "was_referred"\n'
        '[[qualified]]\nwhen = "was_referred"\n[[qualified]]\nwhere = "x"\n[[qualified]]\nwhen = "age_band = 60"\n'
    )
    with pytest.raises(PracticeError) as fault:
        read_practice(file)

    text = str(fault.value)
    assert "line 2: qualified[1].when: 'chanel' is neither a signal nor a column" in text
    assert "line 6: qualified[3].when: 'was_referred' occurs twice" in text
    assert "qualified[4].where: is not known" in text and "qualified[4]: has no when. Write such as" in text
    assert "qualified[5].when: 'age_band' may not be read by a rule" in text
