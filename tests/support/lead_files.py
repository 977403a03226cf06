"""How do tests write the files of a practice? Lines of leads and tables as CSV, and mappings of a few sections."""

from features.mapping.column_mapping import Mapping

LEADS = "lead_id,created_at,source,message,Visits\n"


def folder_of(path, **files):
    """Write a folder with these CSV files."""
    for name, text in files.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def leads_file(path, *lines, header=LEADS):
    """Write a file of leads with these lines."""
    (path / "leads.csv").write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path / "leads.csv"


def mapping_of(**sections):
    """Return a mapping with these sections."""
    return Mapping.from_dict({"version": 1, **sections})


def good_leads(count):
    """Return lines of leads without a fault."""
    return [f"g{i},2026-03-{i % 28 + 1:02d} 10:00,Google,hello,{i}" for i in range(count)]


def faults_of(tables):
    """Return (table, column, rows, rejects) of every fault."""
    return [(fault.table, fault.column, fault.rows, fault.rejects) for fault in tables.faults]
