"""What the tests of imports share: companies as CSV, checks and imports of a text in somebody's name."""

from contextlib import contextmanager
from types import SimpleNamespace

from sqlalchemy import select

from core.access.actors import actor_of
from core.addons.runtime import runtime
from core.db import db, unit_of_work
from core.fields import Reading
from core.identity.services import find_user
from core.records.csv_out import export_rows
from core.records.import_options import Options
from core.records.import_write import write
from core.records.importing import check


class Desk:
    """Imports of one app, in somebody's name."""

    def __init__(self, app, folder):
        self.app, self.folder = app, folder

    def actor(self, login):
        return actor_of(find_user(login).id)

    def rt(self, word="companies.company"):
        return runtime().record_types[word]

    @contextmanager
    def checked(self, text, *, word="companies.company", login="admin", **options):
        """A check of a file with this text (or bytes), as long as it is looked at."""
        path = self.folder / "file.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with self.app.test_request_context(), check(self.rt(word), self.actor(login), path, Options(**options)) as found:
            yield found

    def say(self, text, **more):
        """What a check says: counts, and (row, column, kind) of what is bad and of what is remarked."""
        with self.checked(text, **more) as found:
            return SimpleNamespace(
                created=found.created, changed=found.changed, skipped=found.skipped, bad=found.bad, may=found.may_write,
                problems=[(p.row, p.column, p.kind) for p in found.problems if p.bad],
                remarks=[(p.row, p.column, p.kind) for p in found.problems if not p.bad],
                messages=[p.message for p in found.problems], day_order=found.scan.day_order, decimal=found.scan.decimal,
                shape=found.shape, matched=found.matched,
            )  # fmt: skip

    def take(self, text, **more):
        """Import a text; ids of what was made. Fails when it can't be imported as asked."""
        with self.checked(text, **more) as found:
            assert found.may_write, [p.line() for p in found.problems]
            with unit_of_work(found.actor.user_id):
                return write(found)

    def records(self, word="companies.company"):
        """Records by title."""
        with self.app.app_context():
            rt = self.rt(word)
            rows = db.session.scalars(select(rt.model).where(rt.model.trashed_at.is_(None)).order_by(rt.model.id))
            return {getattr(r, rt.title): r for r in rows}

    def export(self, *, word="companies.company", login="admin", args=(), **more):
        """A file as bytes."""
        with self.app.test_request_context():
            from werkzeug.datastructures import MultiDict

            actor = self.actor(login)
            return b"".join(export_rows(self.rt(word), actor, MultiDict(args), Reading(actor=actor), **more))
