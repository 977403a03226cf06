"""Does another source, or another library, have another digest?"""

from features.workers import code_digest
from features.workers.code_digest import digest_code


def test_another_library_is_another_digest(monkeypatch):
    own = digest_code()
    monkeypatch.setattr(code_digest, "version", lambda library: "0.0")

    assert digest_code.__wrapped__() != own and digest_code() == own


def test_another_vocabulary_is_another_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(code_digest, "__file__", str(tmp_path / "features" / "workers" / "code_digest.py"))
    words = tmp_path / "features" / "vocabulary.txt"
    words.parent.mkdir()

    digests = set()
    for text in ("implant", "implants"):
        words.write_text(text, encoding="utf-8")
        digests.add(digest_code.__wrapped__())

    assert len(digests) == 2
