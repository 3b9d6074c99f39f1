"""Where rows wait between their check and their writing: a file without a name, so that memory stays small however long the file is."""

import pickle
import tempfile
from collections.abc import Iterator, Sequence

from .import_options import Ready


class Spool:
    """Parts of rows, written once and read in the same order, as often as wished."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the check

    def write(self, rows: Sequence[Ready]) -> None:
        """Put one part behind the others."""
        pickle.dump([(r.row, r.record_id, r.version, r.values) for r in rows], self._file, pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[list[Ready]]:
        self._file.seek(0)
        while True:
            try:
                part = pickle.load(self._file)  # noqa: S301 - written by this process into a file that has no name
            except EOFError:
                return
            yield [Ready(*row) for row in part]

    def close(self) -> None:
        """Let go of what waits."""
        self._file.close()


__all__ = ["Spool"]
