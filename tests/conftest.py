"""What holds for every test: machine speed decides no result, and every collected test runs under an id of its own."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from schemathesis.pytest.plugin import SchemathesisFunction

settings.register_profile("placet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("placet")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each API operation a test id, and refuse ids that occur twice: pytest-xdist runs only one test for an id.

    pytest 9.2 derives ids from `originalname`, which schemathesis 4.32 sets to the same name for all operations.
    Raises pytest.UsageError.
    """
    for item in items:
        if isinstance(item, SchemathesisFunction) and item.id.params is None:
            item._id = item.id.with_params(item.operation_label)
    repeated = sorted(name for name, count in Counter(item.nodeid for item in items).items() if count > 1)
    if repeated:
        raise pytest.UsageError(f"{len(repeated)} test ids occur more than once, first {repeated[0]}: name each case")
