"""The limit: what Flask, Jinja and SQLAlchemy Core need at least for pages of this kind. `LIMIT_URL=… gunicorn benchmarks.limit:app`

    /list              50 companies by name: user from a signed cookie, rights by a join; ?wide=4 as many cells as a page of a CRM
    /record/<id>       a company, its parent's name, 20 contacts, contracts, invoices
    /leads             six stages of own leads: count, sum and 20 cards each
    /import, POST      a CSV of companies, with a look for names that are there already
    /export.csv        all companies, as a stream
    /invoice/<id>.pdf  a page with twelve lines, by WeasyPrint
"""

import csv
import io
import os
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, g, redirect, render_template, request, session
from sqlalchemy import func, select

from . import rows
from .limit_data import COMPANY, CONTACT, CONTRACT, INVOICE, LEAD, MAY_SEE, PERSON, engine

app = Flask(__name__, template_folder="pages")
app.secret_key = "of no worth"
database = engine(os.environ["LIMIT_URL"])
SHOWN = [COMPANY.c[name] for name in ("id", "name", "city", "country", "phone", "email", "revenue", "created")]
PAGE, CARDS = 50, 20


@app.get("/login/<int:person>")
def login(person: int) -> Any:
    session["person"] = person
    return redirect("/list")


@app.before_request
def identify() -> None:
    if request.endpoint == "login":
        return
    if "person" not in session:
        abort(403)
    with database.connect() as connection:
        g.person = connection.execute(select(PERSON).where(PERSON.c.id == session["person"])).one()


@app.get("/list")
def companies() -> str:
    stmt = (
        select(*SHOWN).join(MAY_SEE, MAY_SEE.c.company_id == COMPANY.c.id).where(MAY_SEE.c.person_id == g.person.id)
        .order_by(MAY_SEE.c.name).limit(PAGE)
    )  # fmt: skip
    with database.connect() as connection:
        return render_template("list.html", rows=connection.execute(stmt).all(), wide=int(request.args.get("wide", 1)))


@app.get("/record/<int:id>")
def record(id: int) -> str:
    with database.connect() as connection:
        company = connection.execute(select(COMPANY).where(COMPANY.c.id == id)).one()
        parent = connection.execute(select(COMPANY.c.name).where(COMPANY.c.id == company.parent_id)).scalar()
        below = [
            (table.name, connection.execute(select(table).where(table.c.company_id == id).limit(rows.CHILDREN)).all())
            for table in (CONTACT, CONTRACT, INVOICE)
        ]
    return render_template("record.html", company=company, parent=parent, below=below)


@app.get("/leads")
def leads() -> str:
    own = LEAD.c.owner_id == g.person.id
    sums = select(LEAD.c.stage, func.count().label("n"), func.sum(LEAD.c.amount).label("total")).where(own).group_by(LEAD.c.stage)
    with database.connect() as connection:
        figures = {row.stage: row for row in connection.execute(sums)}
        stages = []
        for stage, (_code, name) in enumerate(rows.STAGES):
            cards = select(LEAD).where(own, LEAD.c.stage == stage).order_by(LEAD.c.created.desc()).limit(CARDS)
            stages.append((name, figures.get(stage), connection.execute(cards).all()))
    return render_template("leads.html", stages=stages)


@app.post("/import")
def import_() -> str:
    found = list(csv.DictReader(io.StringIO(request.get_data(as_text=True), newline="")))
    there = 0
    with database.begin() as connection:
        last = connection.execute(select(func.max(COMPANY.c.id))).scalar_one()
        for start in range(0, len(found), 500):
            names = [row["name"] for row in found[start : start + 500]]
            there += len(connection.execute(select(COMPANY.c.id).where(COMPANY.c.name.in_(names))).all())
        made = [
            {"id": last + n, "name": row["name"], "country": row["country"], "website": row["website"], "owner_id": g.person.id}
            for n, row in enumerate(found, 1)
        ]
        connection.execute(COMPANY.insert(), made)
    return f"{len(made)} new, {there} there"


@app.get("/export.csv")
def export() -> Response:
    def parts() -> Iterator[str]:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow([column.name for column in SHOWN])
        with database.connect().execution_options(yield_per=2000) as connection:
            stmt = select(*SHOWN).join(MAY_SEE, MAY_SEE.c.company_id == COMPANY.c.id).where(MAY_SEE.c.person_id == person)
            for part in connection.execute(stmt.order_by(MAY_SEE.c.name)).partitions():
                writer.writerows(part)
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()

    person = g.person.id
    return Response(parts(), mimetype="text/csv")


@app.get("/invoice/<int:id>.pdf")
def invoice(id: int) -> Response:
    from weasyprint import HTML

    stmt = select(INVOICE, COMPANY.c.name.label("company"), COMPANY.c.city).join(COMPANY, COMPANY.c.id == INVOICE.c.company_id)
    with database.connect() as connection:
        found = connection.execute(stmt.where(INVOICE.c.id == id)).one()
    html = render_template("invoice.html", invoice=found, lines=range(1, 13))
    return Response(HTML(string=html).write_pdf(), mimetype="application/pdf")
