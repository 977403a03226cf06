"""Which service do the documents' examples talk to? The one of serving's own tests."""

from tests.serving.conftest import bundle, bundle_folder, set_up  # noqa: F401  (fixtures)
