"""Do the verbs of this room print what a hostile or careless file holds as text?"""

from click.testing import CliRunner

from features.cli import inspect_file

ROWS = "".join(
    f"2026-0{1 + day // 25}-{1 + day % 25:02d},{day % 7},{'xyz'[day % 3]},{'yes' if day % 4 else 'no'}\n"
    for day in range(150)
)


def test_headers_are_text_and_neither_markup_nor_orders_to_the_terminal(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text(f"Date,Budget [/] left,Plan [b]x\x1b[2J,Booked\n{ROWS}")

    result = CliRunner().invoke(inspect_file, [str(file), "--out", str(tmp_path / "mapping.toml")])

    assert result.exit_code == 0, result.output
    assert "Budget [/] left" in result.stdout and "Plan [b]x [2J" in result.stdout and "\x1b" not in result.stdout


def test_without_out_nothing_is_written_and_the_last_line_says_how(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text(f"Date,Pages,Plan,Booked\n{ROWS}")

    result = CliRunner().invoke(inspect_file, [str(file)])

    assert result.exit_code == 0 and [path.name for path in tmp_path.iterdir()] == ["export.csv"]
    assert result.stdout.endswith(f"leadlight inspect {file} --out mapping.toml\n")
