"""The pages of an import as plain data: what the upload, check and report templates show, made from what the check remembered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import distinct, func, select

from core.access import Actor
from core.addons.runtime import runtime
from core.db import db
from core.fields import id_of
from core.fields.references import Ref, labels

from .csv_layout import Column, columns
from .csv_read import DELIMITER_WORDS, ENCODINGS, MAX_BYTES, Shape, Unreadable, encoding_name, records
from .forms import FormField
from .import_kinds import Kind, by_name, kinds
from .import_meet import choices
from .import_models import Import, ImportProblem
from .import_options import DAY_ORDERS, DUPLICATES, SKIP, Options
from .import_runs import local_file, options_of
from .import_scan import corrected, fit
from .record_type import RecordType

SHOWN_ROWS = 100
LONGEST_INPUT = 2000


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of the file: `state` "p" has a problem and can be corrected, "w" a remark."""

    text: str
    state: str = ""
    why: str = ""
    name: str = ""
    numeric: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of the file, the header being row 1."""

    number: int
    cells: Sequence[Cell]


@dataclass(kw_only=True)
class UploadPage:
    """The first step."""

    title: str
    action: str
    cancel_url: str
    fields: Sequence[FormField]
    layouts: Sequence[tuple[str, str]]
    max_size: int
    errors: Sequence[tuple[str, Any, str]] = ()
    hidden: Sequence[tuple[str, str]] = ()
    sample_url: str | None = None
    trail: Any = None


@dataclass(kw_only=True)
class CheckPage:
    """The second step."""

    title: str
    found: str
    action: str
    recheck_url: str
    fix_url: str
    cancel_url: str
    options: Sequence[FormField]
    matching: Sequence[FormField]
    kinds: Sequence[Kind]
    shown: str
    shown_urls: Mapping[str, str]
    counts: Mapping[str, int]
    heads: Sequence[tuple[str, Any]]
    rows: Sequence[Row]
    more: str
    can_import: bool
    all_label: str
    good_label: str
    problems_url: str
    said: str = ""
    hidden: Sequence[tuple[str, str]] = ()
    trail: Any = None


@dataclass(kw_only=True)
class ReportPage:
    """How far an import is, or what it did."""

    title: str
    done_rows: int = 0
    all_rows: int = 0
    words: str = ""
    refresh_url: str = ""
    cancel_url: str = ""
    facts: Sequence[tuple[str, int]] = ()
    refused_url: str = ""
    list_url: str = ""
    undo_url: str = ""
    undo_words: str = ""
    undo_all_url: str = ""
    edited_since: Sequence[tuple[str, str]] = ()
    failed: str = ""
    said: str = ""
    left: Sequence[str] = ()
    trail: Any = field(default=None)


def _select(name: str, label: str, value: str, options: Sequence[tuple[str, Any]], *, hint: str = "", placeholder: str = "") -> FormField:
    return FormField(
        name=name, id=f"i-{name}", label=label, kind="select", value=value, options=list(options), hint=hint, placeholder=placeholder
    )


def _meeting_fields(rt: RecordType, options: Options) -> list[FormField]:
    names = {f.name: f.label for f in rt.fields}
    matches = [(name, names.get(name) or _("No.")) for name in choices(rt)]
    return [
        _select("duplicates", _("Rows whose record is there already"), options.duplicates, list(DUPLICATES.items())),
        _select("match", _("A row's record is told by"), options.match, matches, placeholder=_("what tells records of this kind apart")),
    ]


def most_bytes() -> int:
    """How large an uploaded file may be: as large as can be read, and as the site takes."""
    return min(MAX_BYTES, runtime().settings.max_upload)


def upload_page(rt: RecordType, options: Options, errors: Sequence[tuple[str, Any, str]] = ()) -> UploadPage:
    """The page that takes a file."""
    layouts = [
        (name, ",".join(c.header for c in columns(rt, key))) for name, key in ((_("Usual"), "manual"), (_("With all columns"), "full"))
    ]
    return UploadPage(
        title=_("Import: %(labels)s", labels=rt.labels), action=url_for(f"{rt.blueprint}.import_"), errors=errors,
        cancel_url=url_for(f"{rt.blueprint}.list"), fields=_meeting_fields(rt, options), layouts=layouts, max_size=most_bytes(),
    )  # fmt: skip


def check_page(rt: RecordType, actor: Actor, one: Import, shown: str) -> CheckPage:
    """The page with the problems and the rows."""
    report, options = one.report, options_of(one)
    here = f"{rt.blueprint}.import_check"
    counts = _counts(one, report)
    if shown not in counts:
        shown = "problems" if counts["problems"] else "all"
    ready = report["created"] + report["changed"]
    blocked = bool(report["blocked"])
    good = ""
    if counts["problems"] and ready and not blocked:
        good = ", ".join((
            ngettext("Import the one good row", "Import the %(num)s good rows", ready),
            ngettext(
                "give me the other one as CSV with a reason column", "give me the %(num)s others as CSV with a reason column",
                counts["problems"],
            ),
        ))  # fmt: skip
    words = dict(DELIMITER_WORDS.values()).get(DELIMITER_WORDS.get(report["delimiter"], ("",))[0], "")
    shape = ", ".join((str(words), encoding_name(report["encoding"]))) if report["encoding"] else ""
    rows, more = _rows(rt, actor, one, options, shown)
    return CheckPage(
        title=one.name,
        found=_found(report, shape),
        action=url_for(here, id=one.id), recheck_url=url_for(here, id=one.id, do="read"), fix_url=url_for(here, id=one.id, do="fix"),
        cancel_url=url_for(f"{rt.blueprint}.list"), options=_option_fields(rt, report, options), matching=_matching(rt, report),
        kinds=kinds(rt, actor, one), shown=shown, counts=counts,
        shown_urls={name: url_for(here, id=one.id, shown=name) for name in counts},
        heads=_heads(rt, report), rows=rows, more=more, can_import=not blocked and ready > 0 and not counts["problems"],
        all_label=ngettext("Import %(num)s row", "Import %(num)s rows", ready) if ready else _("Import"), good_label=good,
        problems_url=url_for(f"{rt.blueprint}.import_problems", id=one.id) if counts["problems"] else "", said=nothing_said(one),
    )  # fmt: skip


def _found(report: Mapping[str, Any], shape: str) -> str:
    """What the file holds; of one that can't be read to its end, how far it can."""
    columns_ = len(report["headers"])
    if row := report.get("broken"):
        return _("can be read up to row %(row)s · %(columns)s columns · %(shape)s found", row=row - 1, columns=columns_, shape=shape)
    return _("%(rows)s rows · %(columns)s columns · %(shape)s found", rows=report["rows"], columns=columns_, shape=shape)


def nothing_said(one: Import) -> str:
    """That a file changes nothing, and why, where it is read and no row of it makes or changes a record; else ""."""
    report = one.report
    rows = report.get("rows", 0)
    if not rows or report.get("created") or report.get("changed") or report.get("bad") or report.get("blocked"):
        return ""
    if options_of(one).duplicates == SKIP:
        return ngettext(
            "This file changes nothing: the record of its only row is there already, and such rows are skipped.",
            "This file changes nothing: the records of all its %(num)s rows are there already, and such rows are skipped.", rows,
        )  # fmt: skip
    return ngettext(
        "This file changes nothing: its only row says what its record holds already.",
        "This file changes nothing: all its %(num)s rows say what their records hold already.", rows,
    )  # fmt: skip


def _counts(one: Import, report: Mapping[str, Any]) -> dict[str, int]:
    rows = select(func.count(distinct(ImportProblem.row))).where(ImportProblem.import_id == one.id, ImportProblem.row > 1)
    bad_rows = select(ImportProblem.row).where(ImportProblem.import_id == one.id, ImportProblem.bad)
    bad = db.session.scalar(rows.where(ImportProblem.bad)) or 0
    remarks = db.session.scalar(rows.where(ImportProblem.bad.is_(False), ImportProblem.row.not_in(bad_rows))) or 0
    return {"problems": bad, "changed": remarks, "ready": report["created"] + report["changed"], "all": report["rows"]}


def _heads(rt: RecordType, report: Mapping[str, Any]) -> list[tuple[str, Any]]:
    known = by_name(rt)
    return [(header, known[name].label if name in known else "") for header, name in zip(report["headers"], report["columns"], strict=True)]


def _option_fields(rt: RecordType, report: Mapping[str, Any], options: Options) -> list[FormField]:
    header = "" if options.header is None else "1" if options.header else "0"
    delimiter = DELIMITER_WORDS.get(options.delimiter or report["delimiter"], ("",))[0]
    found = _("found out")
    fields = [
        _select("encoding", _("Encoding"), options.encoding or report["encoding"], [(e, encoding_name(e)) for e in ENCODINGS]),
        _select("delimiter", _("Separator"), delimiter, list(DELIMITER_WORDS.values())),
        _select("header", _("First row"), header, [("1", _("Names of the columns")), ("0", _("A record"))], placeholder=found),
        _select(
            "day_order",
            _("Dates"),
            options.day_order or report["day_order"],
            list(DAY_ORDERS.items()),
            placeholder=_("year-month-day only"),
        ),
        _select(
            "decimal", _("Decimal sign"), options.decimal or report["decimal"], [(".", _("point")), (",", _("comma"))], placeholder=found
        ),
    ]
    if not report["header"] and rt.csv_left_out:
        layouts = [("manual", _("The manual's header")), ("list", _("The manual's list of fields"))]
        fields.append(_select("layout", _("Order of the columns"), report["layout"], layouts))
    erase = FormField(
        name="erase", id="i-erase", label=_("Columns whose empty cells erase"), kind="multiselect", values=list(options.erase),
        options=[(h, h) for h in report["headers"]],
    )  # fmt: skip
    return [*fields, *_meeting_fields(rt, options), erase]


def _matching(rt: RecordType, report: Mapping[str, Any]) -> list[FormField]:
    offered = [(c.name, f"{c.label} ({c.header})") for c in columns(rt, "full")]
    return [
        _select(f"column-{n}", header, name, offered, placeholder=_("leave out"))
        for n, (header, name) in enumerate(zip(report["headers"], report["columns"], strict=True))
    ]


# --- rows ---


def _rows(rt: RecordType, actor: Actor, one: Import, options: Options, shown: str) -> tuple[list[Row], str]:
    report = one.report
    if not report["headers"]:
        return [], ""
    p = ImportProblem
    numbers = select(p.row).where(p.import_id == one.id, p.row > 1).distinct().order_by(p.row).limit(SHOWN_ROWS + 1)
    bad = set(db.session.scalars(select(p.row).where(p.import_id == one.id, p.bad)))
    left_out = bad | set(db.session.scalars(select(p.row).where(p.import_id == one.id, p.kind == "duplicate")))
    wanted: set[int] | None = None
    if shown == "problems":
        wanted = set(db.session.scalars(numbers.where(p.bad)))
    elif shown == "changed":
        wanted = {n for n in db.session.scalars(numbers.where(p.bad.is_(False))) if n not in bad}
    more = ""
    if wanted is not None and len(wanted) > SHOWN_ROWS:
        wanted.remove(max(wanted))
        more = _("These are the first %(n)s.", n=SHOWN_ROWS)
    found = []
    limit = len(wanted) if wanted is not None else SHOWN_ROWS + 1
    if limit:
        found = _file_rows(one, lambda n: (wanted is None or n in wanted) and (shown != "ready" or n not in left_out), limit)
    if wanted is None and len(found) > SHOWN_ROWS:
        found, more = found[:SHOWN_ROWS], _("These are the first %(n)s.", n=SHOWN_ROWS)
    said: dict[tuple[int, int], ImportProblem] = {}
    about = select(p).where(p.import_id == one.id, p.row.in_([n for n, _cells in found])).order_by(p.bad)
    for problem in db.session.scalars(about):
        said[problem.row, problem.position] = problem
    known = by_name(rt)
    names = _names(actor, options, found, [known.get(name) for name in report["columns"]])
    numeric = [bool((c := known.get(name)) and c.field and c.field.kind.numeric) for name in report["columns"]]
    width = len(report["headers"])
    out = []
    for number, cells in found:
        row = corrected(number, fit(cells, width), options)
        row = [names.get((n, text), text) if said.get((number, n)) is None else text for n, text in enumerate(row)]
        whole = said.get((number, -1))
        shown_cells = [
            _cell(number, n, text, said.get((number, n)) or (whole if n == 0 else None), numeric[n], mended=number != report.get("broken"))
            for n, text in enumerate(row)
        ]
        out.append(Row(number=number, cells=shown_cells))
    return out, more


def _names(
    actor: Actor, options: Options, found: Sequence[tuple[int, list[str]]], known: Sequence[Column | None]
) -> dict[tuple[int, str], str]:
    """(position, text) → name, where somebody chose a record instead of what the file says: it was put there by its number."""
    chosen: dict[int, set[str]] = {}
    for number, _cells in found:
        for position, text in options.cells.get(str(number), {}).items():
            chosen.setdefault(int(position), set()).add(text)
    out = {}
    for position, texts in chosen.items():
        f = column.field if position < len(known) and (column := known[position]) is not None else None
        if f is not None and isinstance(f.kind, Ref) and (ids := [i for text in texts if (i := id_of(text)) is not None]):
            for i, label in labels(f.kind.target, ids, f.kind.condition(actor)).items():
                out[position, str(i)] = _("%(name)s (no. %(id)s)", name=label, id=i)
    return out


def _file_rows(one: Import, is_wanted: Callable[[int], bool], limit: int) -> list[tuple[int, list[str]]]:
    """Some rows of the file, as far as it can be read."""
    report = one.report
    shape = Shape(encoding=report["encoding"], delimiter=report["delimiter"], skip=report["skip"])
    first = 1 if report["header"] else 0
    found: list[tuple[int, list[str]]] = []
    with local_file(one) as path:
        try:
            for number, cells in records(path, shape, strict=False):
                if number > first and any(cells) and is_wanted(number):
                    found.append((number, cells))
                    if len(found) == limit:
                        break
        except Unreadable:  # said by the check
            return found
    return found


def _cell(number: int, position: int, text: str, problem: ImportProblem | None, numeric: bool, *, mended: bool) -> Cell:
    """`mended`: whether a correction typed here helps; where the file itself is broken it does not."""
    if problem is None:
        return Cell(text=text if len(text) <= 200 else text[:200] + "…", numeric=numeric)
    if problem.bad and mended and len(text) <= LONGEST_INPUT:
        return Cell(text=text, state="p", why=problem.message, name=f"{number}-{position}", numeric=numeric)
    return Cell(text=text[:200], state="p" if problem.bad else "w", why=problem.message, numeric=numeric)


__all__ = ["CheckPage", "ReportPage", "UploadPage", "check_page", "nothing_said", "upload_page"]
