"""Is every time parsed the same, alone or in a column, across zones, gaps and folds?"""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies

from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.dates.timestamps import parse_time, to_time

NEW_YORK = ZoneInfo("America/New_York")
PADDING = ["2026-01-02T03:04:05Z"] * 101


def column(values):
    """Return an object array of these values."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


def utc(value, zone=NEW_YORK, **options):
    """Return one parsed time as text, in UTC."""
    return str(parse_time(value, zone, **options)[0])[:19]


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-14T19:05:00Z",
        "2026-03-14T15:05:00-04:00",
        "2026-03-14 15:05",
        "2026-03-14T15:05:00",
        "2026-03-14 19:05:00 UTC",
        "2026-03-14 15:05:00 -0400",
        "2026/03/14 15:05",
        "3/14/2026 3:05 PM",
        "03/14/2026, 3:05:00 p.m.",
        "3/14/26 15:05",
        "14/03/2026 15:05",
        "14.03.2026 15:05",
        "Mar 14, 2026 3:05 PM",
        "14 March 2026 15:05",
        "Sat, 14 Mar 2026 19:05:00 GMT",
        "14-Mar-2026 15:05",
        1773515100,
        1773515100.0,
        1773515100000,
        "1773515100",
        "1773515100000",
        datetime(2026, 3, 14, 15, 5),
        datetime(2026, 3, 14, 19, 5, tzinfo=UTC),
        pd.Timestamp("2026-03-14 15:05"),
        np.datetime64("2026-03-14T15:05"),
        "2026-03-14T19:05:00.000000000Z",
    ],
)
def test_the_same_instant_in_every_form(raw):
    assert utc(raw) == "2026-03-14T19:05:00"


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-14 kl. 15:05",
        "14 mars 2026 kl. 15.05",
        "lørdag 14. marts 2026 kl 15.05",
        "14 marca 2026, godz. 15:05",
        "14/03/2026 à 15 h 05",
        "14 Mart 2026 15:05",
        "14MAR2026:15:05:00",
        "14mar2026 15:05",
    ],
)
def test_times_as_other_languages_write_them(raw):
    assert utc(raw) == "2026-03-14T19:05:00"


@pytest.mark.parametrize("raw", ["2026-03-14", date(2026, 3, 14), "20260314", 46095, "46095", "3/14/2026"])
def test_a_day_is_its_midnight_in_the_practices_zone(raw):
    assert utc(raw) == "2026-03-14T04:00:00"


@pytest.mark.parametrize(
    "raw",
    [
        "2026-02-30",
        "13/13/2026",
        "soon",
        "1989-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        12,
        -5,
        True,
        "25:00",
        "3/14/2026 13:05 PM",
        ["2026-03-14"],
        float("inf"),
        "14 Blursday 2026",
        "2026-03-14T25:00:00",
    ],
)
def test_what_is_no_time_or_not_of_our_years_is_bad(raw):
    moment, bad, naive = parse_time(raw, NEW_YORK)

    assert np.isnat(moment)
    assert bad
    assert not naive


def test_the_first_and_the_last_moment_accepted():
    assert not parse_time("1990-01-01T00:00:00Z", NEW_YORK)[1]
    assert not parse_time("2099-12-31T23:59:59Z", NEW_YORK)[1]


def test_what_is_not_given_is_neither_bad_nor_naive():
    assert [parse_time(value, NEW_YORK)[1:] for value in (None, "", "n/a", float("nan"), pd.NaT)] == [
        (False, False)
    ] * 5


def test_in_the_fold_of_autumn_the_first_hour_is_meant():
    assert utc("2026-11-01 01:30") == "2026-11-01T05:30:00"


def test_a_time_in_the_gap_of_spring_moves_forward():
    assert utc("2026-03-08 02:30") == "2026-03-08T07:30:00"


def test_one_date_with_a_day_above_twelve_decides_for_its_column():
    times, bad, naive = to_time(column(["03/04/2026", "25/03/2026"]), UTC)

    assert times.astype("datetime64[D]").astype(str).tolist() == ["2026-04-03", "2026-03-25"]
    assert not bad.any()
    assert naive == 2


def test_without_proof_the_month_comes_first():
    assert utc("03/04/2026", UTC) == "2026-03-04T00:00:00"
    assert utc("03/04/2026", UTC, date_format=DateFormat(order="day_first")) == "2026-04-03T00:00:00"


def test_naive_times_are_counted():
    values = column(["2026-03-14 15:05", "2026-03-14T15:05Z", "3/14/2026", None, "soon"] * 30)

    times, bad, naive = to_time(values, NEW_YORK)

    assert naive == 60
    assert int(bad.sum()) == 30
    assert int(np.isnat(times).sum()) == 60


WRITTEN = strategies.datetimes(datetime(1988, 1, 1), datetime(2101, 1, 1)).flatmap(
    lambda moment: strategies.sampled_from(
        [
            moment.isoformat(),
            moment.isoformat(" ", "minutes"),
            f"{moment.isoformat()}Z",
            f"{moment:%m/%d/%Y %I:%M %p}",
            f"{moment:%Y-%m-%d}",
            f"{moment.isoformat()}+05:30",
        ]
    )
)


@pytest.mark.parametrize(
    "zone", [NEW_YORK, ZoneInfo("Australia/Lord_Howe"), timezone(timedelta(hours=2)), UTC], ids=str
)
@given(
    values=strategies.lists(
        strategies.one_of(WRITTEN, strategies.text(max_size=10), strategies.none()), min_size=1, max_size=10
    )
)
@settings(max_examples=25, deadline=None)
def test_a_time_alone_is_what_it_is_in_a_column(zone, values):
    padded = column(values + PADDING)

    times, bad, naive = to_time(padded, zone, date_format=DateFormat(strict=False))

    expected = [parse_time(value, zone) for value in values]
    np.testing.assert_array_equal(
        times[: len(values)], np.array([moment for moment, _, _ in expected], "datetime64[us]")
    )
    np.testing.assert_array_equal(bad[: len(values)], [is_bad for _, is_bad, _ in expected])
    assert naive == sum(is_naive for _, _, is_naive in expected)


@pytest.mark.parametrize("zone", [NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Europe/Berlin")], ids=str)
def test_every_quarter_of_an_hour_of_a_year_is_the_same_alone_and_in_a_column(zone):
    local = np.arange("2026-01-01", "2027-01-01", np.timedelta64(15, "m"), "datetime64[m]").astype("datetime64[us]")

    in_bulk = to_time(local, zone)[0]

    changing = [i for i, moment in enumerate(local.tolist()) if i % 97 == 0 or moment.month in (3, 4, 10, 11)]
    np.testing.assert_array_equal(in_bulk[changing], [parse_time(local[i].item(), zone)[0] for i in changing])


def test_native_times_with_a_zone_are_taken_as_they_are():
    series = pd.Series(pd.to_datetime(["2026-03-14T15:05:00-04:00", None, "1970-01-01T00:00:00Z"], utc=True))

    times, bad, naive = to_time(series, NEW_YORK)

    assert str(times[0])[:16] == "2026-03-14T19:05"
    assert bad.tolist() == [False, False, True]
    assert naive == 0


YEARS = {
    "English": "January February March April May June July August September October November December",
    "German": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Austrian": "Jänner Februar März April Mai Juni Juli August September Oktober November Dezember",
    "French": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "Portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "Italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "Dutch": "januari februari maart april mei juni juli augustus september oktober november december",
    "Swedish": "januari februari mars april maj juni juli augusti september oktober november december",
    "Danish": "januar februar marts april maj juni juli august september oktober november december",
    "Norwegian": "januar februar mars april mai juni juli august september oktober november desember",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "Turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
}


@pytest.mark.parametrize("months", YEARS.values(), ids=YEARS)
def test_all_months_of_a_language_are_read(months):
    assert [utc(f"5 {month} 2025", UTC)[:10] for month in months.split()] == [
        f"2025-{number:02}-05" for number in range(1, 13)
    ]
    assert utc(f"5 {months.split()[-1].upper()} 2025", UTC)[:10] == "2025-12-05"


@pytest.mark.parametrize(
    "days, date_text",
    [
        ("poniedziałek wtorek środa czwartek piątek sobota niedziela", "stycznia"),
        ("mandag tirsdag onsdag torsdag fredag lørdag søndag", "januar"),
        ("måndag tisdag onsdag torsdag fredag lördag söndag", "januari"),
        ("Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi Pazar", "Ocak"),
        ("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag", "Januar"),
        ("lundi mardi mercredi jeudi vendredi samedi dimanche", "janvier"),
        ("lunes martes miércoles jueves viernes sábado domingo", "enero"),
    ],
)
def test_all_weekdays_of_a_language_are_read(days, date_text):
    texts = [f"{weekday}, {6 + number} {date_text} 2025" for number, weekday in enumerate(days.split())]

    assert [utc(text, UTC)[:10] for text in texts] == [f"2025-01-{6 + number:02}" for number in range(7)]
