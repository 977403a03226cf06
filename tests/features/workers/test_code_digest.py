"""Does another source, or another library, have another digest?"""

from features.workers import code_digest
from features.workers.code_digest import digest_code


def test_another_library_is_another_digest(monkeypatch):
    own = digest_code()
    monkeypatch.setattr(code_digest, "version", lambda library: "0.0")

    assert digest_code.__wrapped__() != own and digest_code() == own
