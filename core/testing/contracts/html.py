"""Pages as a browser takes them: the forms with what they would send, the links, and whatever could run a script."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree
from werkzeug.datastructures import MultiDict

NOT_SENT = ("submit", "button", "reset", "image", "file")
_RUNS = ("script", "iframe", "object", "embed", "base", "x-probe")


@dataclass
class PageForm:
    """A form of a page: where it goes, and the pairs that a browser would send. `errors` are the controls that are marked as wrong."""

    id: str = ""
    action: str = ""
    method: str = "get"
    pairs: list[tuple[str, str]] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)
    controls: set[str] = field(default_factory=set)

    @property
    def data(self) -> MultiDict[str, str]:
        """What a browser would send, to be changed and posted."""
        return MultiDict(self.pairs)


class Page:
    """A page that was read: lxml calls `start`, `data` and `end`.

    `dangers` are what could run a script: it must be empty, whatever people have typed.
    """

    def __init__(self, text: str) -> None:
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.dangers: list[str] = []
        self.rows: list[int] = []
        self.rels: dict[str, str] = {}
        self.words: list[str] = []
        self._form: PageForm | None = None
        self._select: tuple[Mapping[str, str], list[tuple[str, bool]]] | None = None
        self._textarea: tuple[str, list[str]] | None = None
        self._template = 0
        self._same_text = False
        parser = etree.HTMLParser(target=self, encoding="utf-8")
        parser.feed(text.encode())
        parser.close()

    def form(self, wanted: str = "f") -> PageForm:
        """The form with this id. Raises LookupError when the page has none."""
        for found in self.forms:
            if found.id == wanted:
                return found
        raise LookupError(f"the page has no form {wanted!r}, but {[(f.id, f.action) for f in self.forms]}")

    @property
    def text(self) -> str:
        """All words of the page, single spaces between them."""
        return " ".join(" ".join(self.words).split())

    def posts_to(self, *parts: str) -> list[str]:
        """The addresses of forms that post and hold one of `parts`."""
        return [f.action for f in self.forms if f.method == "post" and any(part in f.action for part in parts)]

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        self._same_text = False
        if tag == "template":
            self._template += 1
        self._look_for_danger(tag, given)
        if given.get("href") and tag == "a":
            self.links.append(given["href"])
            if given.get("rel"):
                self.rels[given["href"]] = given["rel"]
        if tag == "tr" and given.get("data-id", "").isdigit():
            self.rows.append(int(given["data-id"]))
        if self._template:
            return
        if tag == "form":
            self._form = PageForm(id=given.get("id", ""), action=given.get("action", ""), method=(given.get("method") or "get").lower())
            self.forms.append(self._form)
        if self._form is None or given.get("form"):
            return
        name = given.get("name", "")
        if name and tag in ("input", "select", "textarea"):
            self._form.controls.add(name)
            if given.get("aria-invalid") == "true":
                self._form.errors.add(name)
        if tag == "input" and name and "disabled" not in given:
            kind = (given.get("type") or "text").lower()
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    self._form.pairs.append((name, given.get("value") or "on"))
            elif kind not in NOT_SENT:
                self._form.pairs.append((name, given.get("value", "")))
        elif tag == "select" and name:
            self._select = (given, [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((given.get("value") or "", "selected" in given))
        elif tag == "textarea" and name:
            self._textarea = (name, [])

    def data(self, data: str) -> None:
        if self._same_text:  # lxml tells a text in pieces, an entity by itself
            self.words[-1] += data
        else:
            self.words.append(data)
        self._same_text = True
        if self._textarea is not None:
            self._textarea[1].append(data)

    def end(self, tag: str) -> None:
        self._same_text = False
        if tag == "template":
            self._template -= 1
        if self._template:
            return
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None and self._form is not None:
            given, options = self._select
            chosen = [value for value, selected in options if selected]
            if "multiple" not in given:
                chosen = chosen[-1:] or [value for value, _selected in options[:1]]
            self._form.pairs += [(given["name"], value) for value in chosen]
            self._select = None
        elif tag == "textarea" and self._textarea is not None and self._form is not None:
            name, parts = self._textarea
            text = "".join(parts)
            self._form.pairs.append((name, text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n")))
            self._textarea = None

    def close(self) -> None:
        """The page's end, to lxml."""

    def _look_for_danger(self, tag: str, given: Mapping[str, str]) -> None:
        if tag == "script" and given.get("src") and not given["src"].startswith(("http:", "https:", "//", "data:", "javascript:")):
            return
        if tag == "script" and given.get("type") in ("application/json", "text/plain"):
            return
        if tag in _RUNS:
            self.dangers.append(f"<{tag}>")
        for name, value in given.items():
            if name.startswith(("on", "hx-on")):
                self.dangers.append(f"<{tag} {name}=…>")
            if name in ("href", "src", "action", "formaction", "xlink:href") and _scheme(value) in ("javascript", "vbscript", "data"):
                self.dangers.append(f"<{tag} {name}={value!r}>")


def _scheme(address: str) -> str:
    head = "".join(c for c in address if c > " ").partition(":")
    return head[0].lower() if head[1] else ""
