"""A receiver and a running server: one for all tests that leave it as it was, and one to be killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.deployment import Deployment, Receiver


def deployed(folder: Path) -> Iterator[Deployment]:
    """A running server with its receiver."""
    receiver = Receiver()
    deployment = Deployment(folder, receiver)
    try:
        deployment.start()
        yield deployment
    finally:
        deployment.stop()
        receiver.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server for a whole file of tests."""
    yield from deployed(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def deployment(shared: Deployment) -> Deployment:
    """The shared server, its receiver fresh."""
    shared.receiver.got.clear()
    return shared


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Deployment]:
    """A server of its own, to be killed."""
    yield from deployed(tmp_path)


@pytest.fixture
def receiver(deployment: Deployment) -> Receiver:
    """What the shared server sends to."""
    return deployment.receiver
