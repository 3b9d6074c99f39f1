"""Pages of things that have nothing but a name, as groups and profiles: make one, rename it, delete it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core.access import Conflict
from core.errors import Invalid

from .forms import NameForm


@dataclass(frozen=True, kw_only=True)
class NamePage:
    """The page of one: its title, the list that it belongs to (endpoint and label), and where it is deleted, if it can be."""

    title: str
    endpoint: str
    label: str
    delete_url: str = ""

    def show(self, form: NameForm) -> tuple[str, int]:
        """The page; what is wrong with the name stands in the form."""
        page = render_template(
            "setup/name.html", form=form, title=self.title, back=url_for(self.endpoint), back_label=self.label, delete_url=self.delete_url
        )
        return page, 422 if form.errors or form.form_errors else 200

    def save(self, form: NameForm, save: Callable[[str], Any], said: str) -> Any:
        """Give a name that was sent to `save`, and go on to the list, where `said` is said; the page when it is refused with Invalid."""
        if form.validate_on_submit():
            try:
                save(form.name.data)
            except Invalid as problem:
                form.take(problem)
            else:
                flash(said, "ok")
                return redirect(url_for(self.endpoint))
        return self.show(form)

    def delete(self, found: Any, delete: Callable[[Any], None]) -> Any:
        """Delete it, and go on to the list; the page says why when it is refused with Conflict."""
        try:
            delete(found)
        except Conflict as problem:
            form = NameForm(obj=found, formdata=None)
            form.form_errors.append(str(problem.message))
            return self.show(form)[0], 409
        flash(_("“%(name)s” is deleted.", name=found.name), "ok")
        return redirect(url_for(self.endpoint))
