"""Where the bytes of files lie: a folder of the installation, or any S3; named by their SHA-256, written once, never changed."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.addons.runtime import runtime


def make_store(settings: Any) -> Any:
    """The store of an installation: `files/` in its data folder, or CARTERA_FILES_URL (s3://bucket/prefix?endpoint=…&region=…)."""
    from obstore.store import LocalStore, S3Store

    if not settings.files_url or settings.files_url.startswith("file:"):
        folder = Path(urlsplit(settings.files_url).path) if settings.files_url else settings.data_dir / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    parts = urlsplit(settings.files_url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    endpoint = options.pop("endpoint", None)
    more: dict[str, Any] = {}
    if endpoint:
        more = {
            "endpoint": endpoint, "virtual_hosted_style_request": False,
            "client_options": {"allow_http": True} if endpoint.startswith("http:") else {},
        }  # fmt: skip
    return S3Store(
        parts.netloc, prefix=parts.path.strip("/") or None, region=options.pop("region", "us-east-1"),
        access_key_id=options.pop("key", None), secret_access_key=options.pop("secret", None), **more,
    )  # fmt: skip


def store() -> Any:
    """The store of the current app, made at its first use."""
    parts = runtime().parts
    if "files" not in parts:
        parts["files"] = make_store(runtime().settings)
    return parts["files"]


def address(sha256: str) -> str:
    """Where bytes with this hash lie."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"
