import time

import pytest

from core.documents.pdf import stop_renderer


@pytest.fixture(scope="package", autouse=True)
def _no_child_is_left():
    yield
    stop_renderer()


@pytest.fixture
def benchmark_seconds():
    """How long a call takes, in seconds of processor time: the machine may be busy with other things."""

    def measure(call):
        before = time.process_time()
        call()
        return time.process_time() - before

    return measure
