"""Is every address of the insights described?"""

from serving.api.insight_routes import INSIGHT_ADDRESSES
from serving.insights.report_sections import MONTH_CHOICES
from serving.schemas.insight_operations import describe_insights


def test_every_address_is_described_with_the_months_that_are_offered():
    described = describe_insights({})

    assert set(described) == set(INSIGHT_ADDRESSES)
    for path in described.values():
        assert path["get"]["parameters"][0]["schema"]["enum"] == list(MONTH_CHOICES)
    assert len({path["get"]["operationId"] for path in described.values()}) == len(described)
