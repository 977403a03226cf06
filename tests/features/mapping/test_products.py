"""Is the export of a known product recognized, and do its columns become ours?"""

import pandas as pd
import pytest

from features.mapping.products import load_products, recognize_product
from features.profiling.export_profile import profile_export
from features.readers.frame_writer import write_frame
from features.schema import LEADS

FIRST = ["Ines", "Bruno", "Clara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ingrid", "Jamal"]
LAST = ["Okafor", "Lindqvist", "Marchetti", "Novak", "Petrov", "Quispe", "Rosen", "Sandoval", "Tanaka", "Ullman"]
ROWS = 60


def invent_value(column, number):
    """Return an invented value for one of our columns."""
    values = {
        "lead_id": f"{7000 + number}",
        "person_id": f"P{number % 41}",
        "created_at": f"2025-0{1 + number // 28 % 3}-{1 + number % 28:02} {8 + number % 9:02}:{number % 60:02}",
        "email": f"{FIRST[number % 10].lower()}.{number}@example.com",
        "phone": f"(214) 555-0{100 + number}",
        "postal_code": ["75201", "76102", "75024", "76011"][number % 4],
        "message": ["My knee hurts when I climb stairs", "Do you see children?", "Please call me about an MRI"][
            number % 3
        ],
        "source": ["Google", "Friend", "Directory"][number % 3],
        "channel": ["phone", "web form"][number % 2],
        "campaign": ["spring", "brand", "autumn"][number % 3],
        "landing_page": ["https://example.com/knee", "https://example.com/spine"][number % 2],
        "service_requested": ["Knee pain", "MRI scan", "Second opinion"][number % 3],
        "preferred_clinic": ["North", "South"][number % 2],
        "payer": ["Aetna", "Cigna", "Medicare"][number % 3],
    }
    return values[column]


def write_export(product, folder):
    """Write an invented export with the product's own headers."""
    columns = {}
    mapped = {headers[0]: column for column, headers in product.leads.items()}
    for header in dict.fromkeys([*mapped, *product.headers, *product.staff, *product.person]):
        if header in mapped:
            columns[header] = [invent_value(mapped[header], number) for number in range(ROWS)]
        elif header in product.person and "name" in header.casefold():
            columns[header] = [f"{FIRST[n % 10]} {LAST[n * 7 % 10]}" for n in range(ROWS)]
        elif header in product.staff:
            columns[header] = [f"{FIRST[n % 3]} Desk" for n in range(ROWS)]
        elif header not in product.label:
            columns[header] = ["x", "y", "z"] * (ROWS // 3)
    columns[product.label[0] if product.label else "Booked"] = ["Yes" if n % 3 == 0 else "No" for n in range(ROWS)]
    write_frame(pd.DataFrame(columns), folder / "export.csv")
    return folder / "export.csv"


@pytest.fixture(params=load_products(), ids=lambda product: product.name)
def product(request):
    """Each product."""
    return request.param


def test_an_export_is_recognized_and_its_columns_become_ours(product, tmp_path):
    profile = profile_export(write_export(product, tmp_path))

    assert profile.product is not None and profile.product.product.name == product.name
    expected = {column: headers[0] for column, headers in product.leads.items()}
    assert {column: profile.mapping.leads.get(column) for column in expected} == expected
    assert product.title in profile.notes[0]


def test_names_and_staff_of_a_product_never_enter_a_score(product, tmp_path):
    mapping = profile_export(write_export(product, tmp_path)).mapping

    used = {*mapping.custom, *mapping.leads.values()}
    assert used & {*product.person, *product.staff} == set()


def test_a_product_names_only_columns_that_we_have(product):
    assert set(product.leads) <= {column.name for column in LEADS.columns}
    assert len(product.headers) == len(set(product.headers)) and product.export


@pytest.mark.parametrize(
    "headers",
    [
        ["Lead ID", "Lead Source", "Created Date", "Converted"],
        ["Prospect ID", "Lead Number", "Lead Origin", "Lead Source", "Converted", "TotalVisits", "Country", "City"],
        ["age", "job", "marital", "education", "default", "housing", "loan", "contact", "y"],
        ["PatientId", "AppointmentID", "Gender", "ScheduledDay", "AppointmentDay", "Age", "Neighbourhood", "No-show"],
    ],
)
def test_an_export_of_nobody_in_particular_is_no_product(headers):
    assert recognize_product(headers) is None


def test_spelling_of_headers_does_not_matter(product):
    assert recognize_product(header.upper() for header in product.headers).product.name == product.name
