"""An S3 service: moto, in a thread of this process."""

import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from .ports import free_port


@dataclass(frozen=True)
class Bucket:
    """An empty bucket. Any key and secret are taken."""

    name: str
    endpoint: str
    region: str = "us-east-1"
    access_key: str = "key"
    secret_key: str = "secret"

    def store(self) -> Any:
        """The bucket as an obstore store."""
        from obstore.store import S3Store

        return S3Store(
            self.name,
            endpoint=self.endpoint,
            region=self.region,
            access_key_id=self.access_key,
            secret_access_key=self.secret_key,
            client_options={"allow_http": True},
            virtual_hosted_style_request=False,
        )


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of the S3 service of this worker."""
    from moto.server import ThreadedMotoServer

    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3_bucket(s3_endpoint: str) -> Bucket:
    """A new, empty bucket."""
    bucket = Bucket(name=f"test-{uuid.uuid4().hex[:12]}", endpoint=s3_endpoint)
    request = urllib.request.Request(f"{s3_endpoint}/{bucket.name}", method="PUT")
    with urllib.request.urlopen(request, timeout=10):
        return bucket
