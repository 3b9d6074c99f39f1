"""The pages of an import, for every record type: upload → check → report, with corrections and undo.

What takes long goes to the job (import_jobs.py); small files are checked and imported at once. A view here begins to write only when it has
read: checking a file keeps no other writer waiting.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from core.access import Actor, Forbidden, NotFound, allowed
from core.access.check import may_ever
from core.db import among, db
from core.db.work import begin_write, commit
from core.errors import Conflict, Invalid
from core.fields.values import id_of
from core.records import import_jobs as jobs
from core.records.csv_layout import columns, guard, unguard
from core.records.csv_read import DELIMITER_WORDS, DELIMITERS, ENCODINGS, Shape, records, too_large
from core.records.import_columns import REASON
from core.records.import_filter import NAME, import_of
from core.records.import_meet import choices
from core.records.import_models import CHECKED, CHECKING, DONE, RUNNING, UNDOING, UNDONE, Import, ImportProblem
from core.records.import_options import DAY_ORDERS, DUPLICATES, Options
from core.records.import_page import ReportPage, check_page, most_bytes, nothing_said, upload_page
from core.records.import_runs import check_import, drop, keep, local_file, options_of, recheck, run_import, start
from core.records.import_scan import corrected, fit
from core.records.import_undo import Undone, edited_since, goes_back
from core.records.record_type import RecordType

AT_ONCE_BYTES = 256 * 1024
"""Larger files are checked by a job."""
AT_ONCE_ROWS = 500
"""More rows are imported, and taken back, by a job."""
UNDER_WAY = {
    CHECKING: _l("The file is being checked."),
    RUNNING: _l("The rows are being imported."),
    UNDOING: _l("The import is being taken back."),
}
NOT_KEPT = ("no text", "size", "columns")
"""Faults of a file with which there is nothing to choose: it is not kept."""


def _may(rt: RecordType, actor: Actor) -> None:
    if not rt.access.create(actor) or actor.read_only:
        raise Forbidden


def _mine(rt: RecordType, actor: Actor, import_id: int) -> Import:
    """An import of one's own, or anybody's for superadmins. Raises NotFound for others'."""
    _may(rt, actor)
    one = import_of(rt, actor, import_id)
    if one is None:
        raise NotFound
    return one


def _render(rt: RecordType, name: str, page: Any, status: int = 200) -> Any:
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list"))]
    return render_template(rt.templates.get(name, f"record/{name}.html"), page=page, rt=rt, crumbs=crumbs), status


def _there(rt: RecordType, import_id: int, **args: Any) -> Any:
    return redirect(url_for(f"{rt.blueprint}.import_check", id=import_id, **args), 303)


# --- upload ---


def upload(rt: RecordType, actor: Actor) -> Any:
    """The page that takes a file; posted, the file is kept and checked."""
    _may(rt, actor)
    options = _chosen_meeting(rt, Options())
    if request.method == "GET":
        return _render(rt, "import_upload", upload_page(rt, options))
    most = most_bytes()
    if (request.content_length or 0) > most + AT_ONCE_BYTES:
        return _not_taken(rt, options, too_large(most), 413)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _not_taken(rt, options, _("Choose a file."), 422)
    size = file.stream.seek(0, io.SEEK_END)
    file.stream.seek(0)
    if size > most:
        return _not_taken(rt, options, too_large(most), 413)
    begin_write()
    try:
        one = keep(rt, actor, file.stream, file.filename, options)
    except Invalid as refused:
        return _not_taken(rt, options, str(refused), 422)
    if size > AT_ONCE_BYTES:
        jobs.later(one, "check", actor)
        return _there(rt, one.id)
    commit()
    check_import(rt, actor, one.id)
    wrong = db.session.scalars(select(ImportProblem).where(ImportProblem.import_id == one.id, ImportProblem.kind.in_(NOT_KEPT))).first()
    if wrong is not None and not one.report.get("rows"):
        begin_write()
        drop(one)
        commit()
        return _not_taken(rt, options, wrong.message, 413 if wrong.kind == "size" else 422)
    return _there(rt, one.id)


def _not_taken(rt: RecordType, options: Options, message: str, status: int) -> Any:
    return _render(rt, "import_upload", upload_page(rt, options, [("file", _("CSV file"), message)]), status)


def _chosen_meeting(rt: RecordType, options: Options) -> Options:
    duplicates, match = request.form.get("duplicates", ""), request.form.get("match", "")
    return replace(
        options,
        duplicates=duplicates if duplicates in DUPLICATES else options.duplicates,
        match=match if match in choices(rt) else "" if "match" in request.form else options.match,
        good_rows=request.form["good_rows"] == "1" if "good_rows" in request.form else options.good_rows,
    )


# --- check and report ---


def check(rt: RecordType, actor: Actor, import_id: int) -> Any:
    """The page of one import: its check, how far it is, or what it did. Posted: other choices, corrections, or "import"."""
    one = _mine(rt, actor, import_id)
    if request.method == "POST":
        return _posted(rt, actor, one)
    if one.state == CHECKED:
        return _render(rt, "import_check", check_page(rt, actor, one, request.args.get("shown", "")))
    return _render(rt, "import_report", report_page(rt, actor, one))


def _posted(rt: RecordType, actor: Actor, one: Import) -> Any:
    do = request.args.get("do", "")
    if do == "cancel":
        jobs.cancel(one, actor)
        return redirect(url_for(f"{rt.blueprint}.list"), 303)
    if do in ("read", "fix"):
        options = _read_choices(rt, one) if do == "read" else _mended(rt, one)
        begin_write()
        recheck(one, options)
        return _look_again(rt, actor, one)
    good_rows = request.form.get("mode", "all") == "good"
    begin_write()
    start(one, good_rows=good_rows)
    if one.report.get("rows", 0) > AT_ONCE_ROWS:
        jobs.later(one, "run", actor)
        return _there(rt, one.id)
    commit()
    if run_import(rt, actor, one.id):
        flash(nothing_said(one) or _("The import is done."), "ok")
    else:
        flash(_("Nothing was imported: some rows have problems."), "bad")
    return _there(rt, one.id)


def _look_again(rt: RecordType, actor: Actor, one: Import) -> Any:
    if one.report.get("rows", 0) * max(1, len(one.report.get("headers", ()))) > 30_000:
        jobs.later(one, "check", actor)
    else:
        commit()
        check_import(rt, actor, one.id)
    return _there(rt, one.id)


def _read_choices(rt: RecordType, one: Import) -> Options:
    """Encoding, separator, customs, and which column is which, as posted. Other columns than before: corrections of cells are dropped."""
    form, options = request.form, _chosen_meeting(rt, options_of(one))
    delimiters = {name: d for d, (name, _words) in DELIMITER_WORDS.items()}
    encoding, delimiter = form.get("encoding", ""), delimiters.get(form.get("delimiter", ""), "")
    read = replace(
        options,
        confirmed=False,  # read otherwise, other people may lose sight of other records
        encoding=encoding if encoding in ENCODINGS and encoding != one.report.get("encoding") else options.encoding,
        delimiter=delimiter if delimiter in DELIMITERS and delimiter != one.report.get("delimiter") else options.delimiter,
        header={"1": True, "0": False}.get(form.get("header", "")),
        layout=form.get("layout", "") if form.get("layout") in ("manual", "list") else options.layout,
        day_order=form.get("day_order", "") if form.get("day_order", "") in DAY_ORDERS else "",
        decimal=form.get("decimal", "") if form.get("decimal", "") in (".", ",") else "",
        erase=tuple(h for h in form.getlist("erase") if h in one.report.get("headers", ())),
    )
    turned = read.header is not None and read.header != one.report.get("header")
    if turned or (read.encoding, read.delimiter, read.layout) != (options.encoding, options.delimiter, options.layout):
        return replace(read, mapping={}, cells={}, replace={})
    known = {c.name for c in columns(rt, "full")} | {""}
    before = one.report.get("columns", [])
    mapping = dict(options.mapping)
    for n, name in enumerate(before):
        chosen = form.get(f"column-{n}")
        if chosen is not None and chosen in known and (chosen != name or str(n) in mapping):
            mapping[str(n)] = chosen
    return replace(read, mapping=mapping)


def _mended(rt: RecordType, one: Import) -> Options:
    """One way to mend all rows of a kind, or the corrected cells."""
    form, options = request.form, replace(options_of(one), confirmed=False)
    fix, chosen = form.get("fix", ""), form.get("with", "")
    kind, _bar, rest = form.get("kind", "").partition("|")
    position, _bar, value = rest.partition("|")
    if fix == "cells":
        cells = {row: dict(texts) for row, texts in options.cells.items()}
        for name, text in form.items():
            row, _dash, at = name.removeprefix("cell-").partition("-")
            if name.startswith("cell-") and id_of(row) and id_of(at) is not None:
                cells.setdefault(row, {})[at] = text
        return replace(options, cells=cells)
    if fix.startswith("duplicates:") and (how := fix.partition(":")[2]) in DUPLICATES:
        return replace(options, duplicates=how)
    if fix == "sight":
        return replace(options, confirmed=True)
    if fix == "order" and chosen in DAY_ORDERS:
        return replace(options, day_order=chosen)
    if fix == "decimal" and chosen in (".", ","):
        return replace(options, decimal=chosen)
    if fix == "take" and id_of(chosen) is not None:
        names = one.report.get("columns", [])
        same = [n for n, name in enumerate(names) if int(chosen) < len(names) and name == names[int(chosen)]]
        return replace(options, mapping={**options.mapping, **{str(n): "" for n in same if n != int(chosen)}})
    if fix in ("use", "empty") and id_of(position) is not None:
        return _everywhere(one, options, kind, int(position), value, chosen if fix == "use" else "")
    return options


def _everywhere(one: Import, options: Options, kind: str, position: int, value: str, text: str) -> Options:
    """The same text in all cells that have one problem."""
    p = ImportProblem
    stmt = select(p.row).where(p.import_id == one.id, p.kind == kind, p.position == position, p.bad)
    if kind in ("reference", "ambiguous"):
        stmt = stmt.where(p.value == value)
    cells = {row: dict(texts) for row, texts in options.cells.items()}
    for row in db.session.scalars(stmt):
        cells.setdefault(str(row), {})[str(position)] = text
    return replace(options, cells=cells)


def report_page(rt: RecordType, actor: Actor, one: Import) -> ReportPage:
    """How far an import is, or what it did."""
    report, here = one.report, f"{rt.blueprint}.import_check"
    page = ReportPage(title=one.name, list_url=url_for(f"{rt.blueprint}.list"))
    if one.state in (CHECKING, RUNNING, UNDOING):
        done, total, failed = jobs.progress_of(one, actor)
        page.done_rows, page.all_rows = done, total or report.get("rows", 0)
        page.words = {
            CHECKING: _("The file is being checked."),
            RUNNING: _("The rows are being imported."),
            UNDOING: _("The import is being taken back."),
        }[one.state]
        page.refresh_url = "" if failed else url_for(here, id=one.id)
        page.failed = failed
        page.cancel_url = url_for(here, id=one.id, do="cancel") if one.state == RUNNING and not failed else ""
        return page
    page.facts = [
        (_("Made"), report.get("created", 0)), (_("Changed"), report.get("changed", 0)), (_("Skipped"), report.get("skipped", 0)),
        (_("Refused"), report.get("bad", 0)),
    ]  # fmt: skip
    if report.get("bad", 0):
        page.refused_url = url_for(f"{rt.blueprint}.import_problems", id=one.id)
    undo_url = url_for(f"{rt.blueprint}.import_undo", id=one.id)
    if one.state == DONE:
        page.list_url = url_for(f"{rt.blueprint}.list", **{NAME: one.id})
        made, changed = report.get("created", 0), report.get("changed", 0)
        page.undo_url = undo_url if changed or (made and may_ever(rt, "delete", actor)) else ""
        if not made and not changed:
            page.said, page.list_url = nothing_said(one), url_for(f"{rt.blueprint}.list")
        if made and not page.undo_url:
            page.said = _("You may not delete what was made. An administrator can take the import back on this page.")
        if page.undo_url and request.args.get("edited") is not None:
            show, since = f"{rt.blueprint}.show", edited_since(rt, one, actor)
            page.edited_since = [(record.title, url_for(show, id=record.id)) for record in since]
            page.undo_url, page.undo_words = url_for(f"{rt.blueprint}.import_undo", id=one.id, edited="keep"), _("Undo all but these")
            seen = [f"{record.id}.{record.version}" for record in since]
            page.undo_all_url = url_for(f"{rt.blueprint}.import_undo", id=one.id, edited="too", seen=seen)
            page.said = _question(rt, *goes_back(rt, one, actor))
    elif one.state == UNDONE:
        page.facts = [
            (_("Removed"), report.get("removed", 0)), (_("Changed back"), report.get("restored", 0)),
            (_("Left as they are"), report.get("kept", 0)),
        ]  # fmt: skip
        page.said = _("The import was taken back.")
        page.left = _left(rt, actor, report.get("left", []))
    return page


def _left(rt: RecordType, actor: Actor, left: Sequence[tuple[int, str, str]]) -> list[str]:
    """What an undo left, and why. Somebody else may have asked for it, who sees more: what the reader does not see is but a number."""
    model = rt.model
    seen = set(db.session.scalars(select(model.id).where(among(model.id, [row[0] for row in left]), allowed(rt, "view", actor))))
    return [f"{title}: {words}" if i in seen else _("No. %(id)s", id=i) for i, title, words in left]


def _accepted() -> dict[int, int]:
    """Records edited since that are wanted back too, each with the version that was shown: what was edited later was not asked about."""
    pairs = (seen.partition(".") for seen in request.args.getlist("seen"))
    return {i: version for raw, _dot, rest in pairs if (i := id_of(raw)) is not None and (version := id_of(rest)) is not None}


def problems(rt: RecordType, actor: Actor, import_id: int) -> Response:
    """The rows with problems as CSV, as they stand in the file, with a column that says why: mended, they can be sent in again."""
    one = _mine(rt, actor, import_id)
    report = one.report
    if not report.get("headers"):
        raise NotFound
    p = ImportProblem
    why: dict[int, list[str]] = {}
    for row, column, message in db.session.execute(
        select(p.row, p.column, p.message).where(p.import_id == one.id, p.bad, p.row > 0).order_by(p.row, p.position)
    ):
        why.setdefault(row, []).append(f"{column}: {message}" if column else message)

    def pieces() -> Iterator[bytes]:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=report["delimiter"] or ",", lineterminator="\r\n")
        writer.writerow([*(guard(unguard(h)) for h in report["headers"]), REASON])
        yield b"\xef\xbb\xbf" + buffer.getvalue().encode()
        shape = Shape(encoding=report["encoding"], delimiter=report["delimiter"], skip=report["skip"])
        options, width = options_of(one), len(report["headers"])
        with local_file(one) as path:
            for number, cells in records(path, shape, strict=False):
                if number in why and not (number == 1 and report["header"]):
                    buffer.seek(0)
                    buffer.truncate()
                    row = corrected(number, fit(cells, width), options)
                    writer.writerow([*(guard(unguard(c)) for c in row), guard("; ".join(why[number]))])
                    yield buffer.getvalue().encode("utf-8", "replace")

    reply = Response(stream_with_context(pieces()), mimetype="text/csv")
    reply.headers["Content-Disposition"] = f'attachment; filename="import-{one.id}-problems.csv"'
    reply.headers["Cache-Control"] = "no-store"
    return reply


def undo(rt: RecordType, actor: Actor, import_id: int) -> Any:
    """Ask before what an import made is taken back; posted, take it back. What was edited since is shown and asked about first."""
    one = _mine(rt, actor, import_id)
    if one.state != DONE:
        raise Conflict(_("There is nothing to take back."))
    asked = request.args.get("edited", "")
    if not asked and edited_since(rt, one, actor):
        g.rollback = True
        return _there(rt, one.id, edited="")
    if request.method == "GET":
        return _ask_undo(rt, actor, one)
    begin_write()
    one = db.session.get_one(Import, one.id, with_for_update=True, populate_existing=True)
    if one.state != DONE:
        raise Conflict(_("There is nothing to take back."))
    one.state = UNDOING
    one.report = {**one.report, "undo_accepted": _accepted() if asked == "too" else {}}
    if one.report.get("created", 0) + one.report.get("changed", 0) > AT_ONCE_ROWS:
        jobs.later(one, "undo", actor)
    else:
        done = jobs.undo_now(rt, actor, one)
        flash(_undone(done), "ok")
    return _there(rt, one.id)


def _ask_undo(rt: RecordType, actor: Actor, one: Import) -> Any:
    here = url_for(f"{rt.blueprint}.import_check", id=one.id)
    made, changed = goes_back(rt, one, actor)
    trash = url_for(f"{rt.blueprint}.trash") if made else ""
    page = {
        "title": one.name, "rt": rt, "question": _question(rt, made, changed), "action": url_for(f"{rt.blueprint}.import_undo", id=one.id),
        "back_url": here, "trash": trash, "verb": _("Undo the import"), "keep": _("Keep all"),
        "follows": _("What goes lies in the trash and can be taken back from there."), "hidden": [],
    }  # fmt: skip
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list")), (one.name, here)]
    return render_template("record/delete.html", page=page, rt=rt, crumbs=crumbs)


def _question(rt: RecordType, made: int, changed: int) -> str:
    """What goes when an import is taken back, in figures."""
    what = {"one": _inside(rt.label), "many": _inside(rt.labels)}
    asked = [
        ngettext("Delete %(num)s %(one)s made by this import?", "Delete %(num)s %(many)s made by this import?", made, **what)
        if made else "",
        ngettext(
            "Give %(num)s %(one)s changed by this import the old values back?",
            "Give %(num)s %(many)s changed by this import the old values back?", changed, **what,
        ) if changed else "",
    ]  # fmt: skip
    return " ".join(filter(None, asked)) or _("There is nothing left to take back.")


def _inside(words: Any) -> str:
    """A noun as it stands inside a sentence; what is more than its first letter in capitals, as CRM, stays."""
    text = str(words)
    return text if text[1:] != text[1:].lower() else text.lower()


def _undone(done: Undone) -> str:
    """What an undo did, in a sentence for each: counts of their own have plurals of their own."""
    said = [
        ngettext("%(num)s record was removed.", "%(num)s records were removed.", done.removed) if done.removed else "",
        ngettext("%(num)s record was changed back.", "%(num)s records were changed back.", done.restored) if done.restored else "",
        ngettext("%(num)s was left as it is.", "%(num)s were left as they are.", len(done.left)) if done.left else "",
    ]
    return " ".join(filter(None, said)) or _("There was nothing left to take back.")


__all__ = ["check", "problems", "report_page", "undo", "upload"]
