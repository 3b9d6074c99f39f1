"""Attachments and other files on records: where their bytes are stored, who may have them, under which headers they leave."""

from .models import File
from .services import Stored, attach_file, file_response_headers, open_file, read_file, replace_file, store_bytes

__all__ = [
    "File", "Stored", "attach_file", "file_response_headers", "open_file", "read_file", "replace_file", "store_bytes",
]  # fmt: skip
