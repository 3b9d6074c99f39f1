"""The life of an import: kept, checked, written, its problems remembered. The pages and the job call these; the command needs none of it.

A check writes nothing but what it found. A run checks again, with the rights of that moment, before it takes the writer's lock; then
everything is written in one transaction with the import's new state: killed at any point, there are no rows or all.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from core.access import Actor
from core.db import db, unit_of_work, utcnow
from core.errors import Conflict
from core.files.models import File
from core.files.services import attach_file, open_file

from .import_models import CHECKED, CHECKING, DONE, RUNNING, Import, ImportPart, ImportProblem
from .import_options import Options, Problem, Progress
from .import_write import Refused, write
from .importing import Checked, check
from .record_type import RecordType

FILE_TYPE = "core.import"
KEPT = timedelta(days=30)
"""How long an upload can be looked at and taken back: as long as the trash keeps records."""


def keep(rt: RecordType, actor: Actor, source: IO[bytes], name: str, options: Options) -> Import:
    """A new import of an uploaded file, in the current unit of work. Raises Invalid for one that is empty or too large."""
    made = Import(record_type=rt.name, name=name[:255] or "file.csv", options=options.to_json(), created_by_id=actor.user_id)
    db.session.add(made)
    db.session.flush()
    made.file_id = attach_file(FILE_TYPE, made.id, source, made.name, actor.user_id, kind="import").id
    db.session.flush()
    return made


def drop(one: Import) -> None:
    """Forget an import, in the current unit of work: it can't be taken back any more. Its bytes are swept."""
    file = db.session.get(File, one.file_id)
    for table in (ImportProblem, ImportPart):
        db.session.execute(delete(table).where(table.import_id == one.id))
    db.session.delete(one)
    db.session.flush()
    if file is not None:
        db.session.delete(file)
        db.session.flush()


def sweep_imports() -> int:
    """Forget the imports that are older than the trash keeps what they made; gives how many."""
    with unit_of_work():
        old = db.session.scalars(select(Import).where(Import.created_at < utcnow() - KEPT).order_by(Import.id).limit(500)).all()
        for one in old:
            drop(one)
    return len(old)


@contextmanager
def local_file(one: Import) -> Iterator[Path]:
    """The uploaded file as a path, for as long as it is read: it is passed over several times."""
    file = db.session.get(File, one.file_id)
    assert file is not None
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        for chunk in open_file(file):
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def options_of(one: Import) -> Options:
    """What was chosen for an import."""
    return Options.from_json(one.options)


def check_import(rt: RecordType, actor: Actor, import_id: int, progress: Progress | None = None) -> None:
    """Check an uploaded file and remember what was found. Reads first, then writes in a unit of work."""
    one = db.session.get_one(Import, import_id)
    options = options_of(one)
    with local_file(one) as path:
        checked = check(rt, actor, path, options, progress=progress)
        if checked.matched is not None and not options.mapping and (known := _last_mapping(one, checked)):
            checked.__exit__()
            options = replace(options, mapping=known)
            checked = check(rt, actor, path, options, progress=progress)
    with checked, unit_of_work(actor.user_id):
        one = db.session.get_one(Import, import_id, populate_existing=True)
        if not pass_on(one, CHECKED, CHECKING):
            return  # another check ended first, and what it found may be imported by now
        one.options = options.to_json()
        one.header_key = _header_key(checked)
        remember(one, checked)


def _header_key(checked: Checked) -> str:
    if checked.matched is None or not checked.matched.header:
        return ""
    return hashlib.sha256("\x1f".join(checked.matched.headers).encode()).hexdigest()


def _last_mapping(one: Import, checked: Checked) -> Any:
    """How the same person matched the same header last time, where he had to."""
    key = _header_key(checked)
    if not key:
        return None
    stmt = select(Import.options).where(
        Import.record_type == one.record_type, Import.created_by_id == one.created_by_id, Import.header_key == key, Import.id != one.id
    )
    options = db.session.scalars(stmt.order_by(Import.id.desc()).limit(1)).first()
    return (options or {}).get("mapping") or None


def remember(one: Import, checked: Checked) -> None:
    """Keep a check's findings with the import, in the current unit of work."""
    shape, matched = checked.shape, checked.matched
    one.report = {
        "rows": checked.scan.rows, "created": checked.created, "changed": checked.changed, "skipped": checked.skipped, "bad": checked.bad,
        "blocked": checked.blocked, "broken": checked.broken,
        "encoding": shape.encoding if shape else "", "delimiter": shape.delimiter if shape else "",
        "skip": shape.skip if shape else 0,
        "headers": matched.headers if matched else [], "columns": [c.name if c else "" for c in matched.columns] if matched else [],
        "header": matched.header if matched else True, "layout": matched.layout if matched else "",
        "day_order": checked.scan.day_order, "decimal": checked.scan.decimal,
    }  # fmt: skip
    db.session.execute(delete(ImportProblem).where(ImportProblem.import_id == one.id))
    if checked.problems:
        db.session.execute(insert(ImportProblem), [_row(one.id, p) for p in checked.problems])


def _row(import_id: int, p: Problem) -> dict[str, Any]:
    return {
        "import_id": import_id, "row": p.row, "position": p.position, "column": p.column[:200], "kind": p.kind, "message": p.message,
        "value": p.value, "bad": p.bad,
    }  # fmt: skip


def pass_on(one: Import, state: str, *before: str) -> bool:
    """Take an import on to a state, if it is in one of those `before` it: asked of the row, as what was read may be out of date."""
    stmt = update(Import).where(Import.id == one.id, Import.state.in_(before)).values(state=state)
    passed = db.session.execute(stmt).rowcount == 1  # type: ignore[attr-defined]
    db.session.refresh(one)
    return passed


def start(one: Import, *, good_rows: bool) -> None:
    """Say in the current unit of work that an import is to be run. Raises Conflict when it is running already, or over."""
    if not pass_on(one, RUNNING, CHECKED):
        raise Conflict(_("This import is running already, or is over."))
    one.options = {**one.options, "good_rows": good_rows}
    db.session.flush()


def run_import(rt: RecordType, actor: Actor, import_id: int, progress: Progress | None = None) -> bool:
    """Check once more, then write all rows (or the good ones) and the import's end in one transaction; whether anything was written.

    Called again after it was killed, it begins anew; called again after its end, it does nothing.
    """
    one = db.session.get_one(Import, import_id)
    if one.state != RUNNING:
        return False
    halves = _halves(progress)
    with local_file(one) as path:
        checked = check(rt, actor, path, options_of(one), progress=halves[0])
    with checked:
        if not checked.may_write:
            return _refused(actor, import_id, checked)
        try:
            with unit_of_work(actor.user_id):
                one = db.session.get_one(Import, import_id, with_for_update=True, populate_existing=True)
                if one.state != RUNNING:
                    return False
                write(checked, keep=lambda ids, changed: _keep_part(import_id, ids, changed), progress=halves[1])
                remember(one, checked)
                one.state, one.finished_at = DONE, utcnow()
        except Refused as refused:
            checked.refuse(refused.row, refused.kind, refused.message, name=refused.name)
            return _refused(actor, import_id, checked)
    return True


def _halves(progress: Progress | None) -> tuple[Progress | None, Progress | None]:
    """The check is the first half of the way, writing the second."""
    if progress is None:
        return None, None
    return (lambda done, total: progress(done, total * 2)), (lambda done, total: progress(total + done, total * 2))


def _refused(actor: Actor, import_id: int, checked: Checked) -> bool:
    with unit_of_work(actor.user_id):
        one = db.session.get_one(Import, import_id, populate_existing=True)
        if pass_on(one, CHECKED, RUNNING):
            remember(one, checked)
    return False


def _keep_part(import_id: int, created: Any, changed: Any) -> None:
    db.session.execute(
        insert(ImportPart), [{"import_id": import_id, "created": list(created), "changed": {str(i): c for i, c in changed.items()}}]
    )


def recheck(one: Import, options: Options) -> None:
    """Say in the current unit of work that the file is to be checked anew, with other choices. Raises Conflict once it is imported."""
    if not pass_on(one, CHECKING, CHECKED, CHECKING):
        raise Conflict(_("This import is running already, or is over."))
    one.options = options.to_json()
    db.session.flush()


__all__ = [
    "FILE_TYPE",
    "check_import",
    "drop",
    "keep",
    "local_file",
    "options_of",
    "pass_on",
    "recheck",
    "remember",
    "run_import",
    "start",
    "sweep_imports",
]
