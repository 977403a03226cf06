"""Is nothing of a lead left in the logs once it is forgotten, though the service goes on writing?"""

import json
import re
import subprocess
import sys
from datetime import date

from features.logs.daily_jsonl import DailyFiles
from features.logs.installation_key import IdHasher
from features.logs.log_forgetting import delete_lead_lines, delete_old_days, hash_old_ids
from features.logs.prediction_log import to_log_id

LEAD = re.compile(rb'"lead_id":"([^"]*)"')
WRITE = """
import sys
from pathlib import Path
from features.logs.daily_jsonl import DailyFiles
files = DailyFiles(Path(sys.argv[1]))
for number in range(400):
    files.append([f'{{"lead_id":"L-{number % 4}","number":{number}}}'])
"""


def line(lead_id: str) -> str:
    return json.dumps({"receipt": "r", "lead_id": to_log_id(lead_id)}, separators=(",", ":"))


def keyed(home, lead_id: str) -> str:
    return json.dumps({"receipt": "r", "lead_id": IdHasher.of_home(home).log_id(lead_id)}, separators=(",", ":"))


def test_every_line_of_a_lead_goes_and_no_other_whatever_its_id_looks_like(tmp_path):
    for folder in ("requests", "shadow"):
        DailyFiles(tmp_path / folder).append([line(lead) for lead in ("L-1", "L-10", "+16175550142", "L-1")])
        DailyFiles(tmp_path / folder).append([keyed(tmp_path, lead) for lead in ("L-1", "L-10")])

    counts = [delete_lead_lines(tmp_path, [lead]) for lead in ("L-1", "617-555-0199", "+16175550142")]

    # Under the names of today and under those of versions before keys.
    assert counts == [6, 0, 2]
    for folder in ("requests", "shadow"):
        assert list(DailyFiles(tmp_path / folder).read_lines()) == [line("L-10"), keyed(tmp_path, "L-10")]
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / folder).iterdir()} == {0o600}
    assert delete_lead_lines(tmp_path, []) == 0


def test_no_line_is_lost_while_another_process_writes(tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITE, str(tmp_path)])
    deleted = 0
    while writer.poll() is None:
        deleted += DailyFiles(tmp_path).delete_lines(LEAD, {b"L-1"})
    deleted += DailyFiles(tmp_path).delete_lines(LEAD, {b"L-1"})

    left = [json.loads(text)["number"] for text in DailyFiles(tmp_path).read_lines()]
    assert writer.returncode == 0 and deleted == 100
    assert left == [number for number in range(400) if number % 4 != 1]


def test_ids_of_an_earlier_version_are_hashed_and_nothing_else_of_a_line_changes(tmp_path):
    for folder in ("requests", "shadow"):
        lines = [line("Ann-Lee"), "cut off", line("L-2"), keyed(tmp_path, "L-3"), line("+16175550142")]
        DailyFiles(tmp_path / folder).append(lines)

    assert [hash_old_ids(tmp_path), hash_old_ids(tmp_path)] == [2, 0]
    for folder in ("requests", "shadow"):
        assert list(DailyFiles(tmp_path / folder).read_lines()) == [
            keyed(tmp_path, "Ann-Lee"),
            "cut off",
            keyed(tmp_path, "L-2"),
            keyed(tmp_path, "L-3"),
            line("+16175550142"),
        ]


def test_an_old_id_is_hashed_wherever_its_line_stands_in_the_day(tmp_path):
    # Two versions wrote into one day's file, and the first line is cut off.
    DailyFiles(tmp_path / "requests").append(["cut off", keyed(tmp_path, "L-3"), line("Ann-Lee")])

    assert [hash_old_ids(tmp_path), hash_old_ids(tmp_path)] == [1, 0]
    assert "Ann-Lee" not in "".join(DailyFiles(tmp_path / "requests").read_lines())


def test_old_days_are_deleted_whole(tmp_path):
    for day in ("2026-03-04", "2026-03-05", "2026-03-06"):
        (tmp_path / "requests").mkdir(exist_ok=True)
        (tmp_path / "requests" / f"{day}.jsonl").write_text("{}\n")

    assert delete_old_days(tmp_path, date(2026, 3, 5)) == 1
    assert [path.stem for path in sorted((tmp_path / "requests").iterdir())] == ["2026-03-05", "2026-03-06"]
