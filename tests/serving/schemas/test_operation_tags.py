"""Does every operation stand under one tag that the document explains?"""

from serving.schemas.openapi import build_openapi


def test_every_operation_has_a_tag_and_every_tag_an_operation():
    document = build_openapi()
    tags = [tag["name"] for tag in document["tags"]]
    used = [operation["tags"] for methods in document["paths"].values() for operation in methods.values()]

    assert all(len(of_one) == 1 for of_one in used) and {name for (name,) in used} == set(tags)
    assert all(tag["description"] for tag in document["tags"])
