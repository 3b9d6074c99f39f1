"""Plays the `check` of a case step by step against the real product: pages, REST, files, commands. All right values stand in the case.

A step is a mapping. It does one thing, as somebody (`as`, admin unless told; `nobody` has no session), and says what must come of it:

get, post, patch, delete   an address, exactly as it is sent; `form`, `json` or `upload` is its body; below `/api/` with a token.
                           `edit`: with all that the form holds; `repeat`: so often; `together`: from so many connections at once, `answers`
                           says how many answer what; `from`: the address that it comes from
run                        a command, `[user, disable, user1]`, on `files` if it takes some; `said` must be in its output, `exit` (0) is its status
clock                      the instant that it is from now on
restart, remove            the product starts anew with these folders of plugins; a folder is deleted
user, make                 a new user (an administrator names it by REST); a new record by REST (`make: companies`, `with: {…}`), as whom the step names

`keep: x` remembers the new record's id, `{x}` stands for it in later steps. What is expected of an answer: `status` (below 400 unless told), `to`
(where it leads), `has` and `lacks` (texts), `rows` (a list's titles in order), `items` and `answer` (REST, as far as named), `csv` (the titles of a
file), `cells` (by title and column), `refused` (fields with a message), `input` (what stands in a form's controls), `options`, `columns`.
"""

import csv
import html
import io
import json
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from core.testing.contracts.html import Page
from tests.cases.read import HERE, read_yaml

PASSWORD = "a quiet meadow at noon"
API_PASSWORD = "seven owls on a roof"
SETUPS = read_yaml(HERE / "setups.yaml")


def visible(text: str) -> str:
    """What a page says: without markup, its entities read, spaces joined."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


class Play:
    """One case on its own world: who is signed in stays so from step to step."""

    def __init__(self, app, make_token, runner, restart, folder, set_clock):
        self.app, self.make_token, self.runner, self.restart, self.folder, self.set_clock = (
            app,
            make_token,
            runner,
            restart,
            folder,
            set_clock,
        )
        self.names: dict[str, Any] = {"folder": folder}
        self.in_files: dict[str, str] = {}
        self.forms: dict[str, Any] = {}
        self.sessions: dict[str, Any] = {}
        self.tokens: dict[str, Any] = {}

    def case(self, check):
        """A check: what its `begin` names in setups.yaml, then its steps."""
        for name in check.get("begin", "").split():
            self.steps(SETUPS[name])
        self.steps(check["play"])

    def steps(self, steps):
        """Each step in its order."""
        for number, step in enumerate(steps, 1):
            for one in each(self.filled(step)):
                try:
                    self.step(one)
                except AssertionError as failed:
                    pytest.fail(f"step {number}, {one}: {failed}", pytrace=False)

    def filled(self, value):
        """With ids in place of `{names}`; a value that is nothing else becomes the id itself."""
        if isinstance(value, dict):
            return {self.filled(k): self.filled(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.filled(v) for v in value]
        if not isinstance(value, str):
            return value
        if (only := re.fullmatch(r"\{(\w+)\}", value)) and only[1] in self.names:
            return self.names[only[1]]
        return re.sub(r"\{(\w+)\}", lambda m: str(self.names.get(m[1], m[0])), value)

    def client(self, login, path):
        """Who sends this: a session, or below `/api/` a bearer token."""
        if login == "nobody":
            return self.app.test_client()
        kept, new = (self.tokens, self.with_token) if path.startswith("/api/") else (self.sessions, self.sign_in)
        if login not in kept:
            kept[login] = new(login)
        return kept[login]

    def with_token(self, login):
        return self.make_token(self.app, login)

    def sign_in(self, login):
        return self.app.test_client().sign_in(login)

    def step(self, step):
        if "user" in step:
            return self.new_user(**step["user"])
        if "make" in step:
            return self.make(step)
        if "run" in step:
            return self.run(step)
        if "restart" in step:
            self.app = self.restart(step["restart"])
            self.sessions, self.tokens = {}, {}
            return None
        if "remove" in step:
            return shutil.rmtree(step["remove"])
        if "clock" in step:
            return self.set_clock(datetime.fromisoformat(step["clock"]))
        answers = self.together(step) if "together" in step else [self.send(self.method(step), step) for _n in range(step.get("repeat", 1))]
        for answer in answers:
            Expected(step, answer, self).check()
        if "same" in step:  # all lead to the same place, and nowhere else
            assert len({a.location for a in answers} | {self.names.get(step["same"])} - {None}) == 1, [a.location for a in answers]
            self.names[step["same"]] = answers[0].location
        if "given" in step:
            assert sorted(self.new_numbers(answers)) == step["given"], sorted(self.new_numbers(answers))
        if "answers" in step:  # how many said what
            said = Counter(a.get_data(as_text=True) for a in answers)
            assert said == step["answers"], said
        return None

    def new_numbers(self, answers):
        """The numbers of the invoices that were made."""
        return [self.client("admin", "/api/").get(f"/api/v1/invoices/{a.json['id']}").json["bill_id"] for a in answers]

    def send(self, method, step, client=None):
        path, more = step[method], {}
        if "json" in step:
            more["json"] = step["json"]
        if "form" in step:
            more["data"] = {**self.forms.get(step.get("of", ""), {}), **step["form"]}
        for name, path_of in step.get("texts", {}).items():
            text = (HERE / path_of).read_text("utf-8")
            for mark, value in self.in_files.items():
                text = text.replace(mark, value)
            more.setdefault("data", {})[name] = text
        if "upload" in step:
            field, name, content = step["upload"]["field"], step["upload"]["name"], self.content(step["upload"])
            head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in step.get("form", {}).items())
            more["data"] = parts.encode() + head.encode() + content + b"\r\n--b--\r\n"
            more["content_type"] = "multipart/form-data; boundary=b"
        path = path.replace("user_pass=x&pass=y", f"user_pass={quote(PASSWORD)}&pass={quote(API_PASSWORD)}")  # passwords are the runner's
        if "from" in step:
            more["environ_overrides"] = {"REMOTE_ADDR": step["from"]}
        client = client or self.client(step.get("as", "admin"), path)
        if method == "post" and step.get("edit"):  # as a browser does: with all that the form held
            more["data"] = {**held(client.get(path).get_data(as_text=True)), **more.get("data", {})}
        return client.open(path, method=method.upper(), **more)

    @staticmethod
    def content(upload):
        if "path" in upload:
            return (HERE / upload["path"]).read_bytes()
        return upload["text"].encode()

    def together(self, step):
        """The same request from several connections at once; what each answered."""
        clients = [self.new_client(step) for _n in range(step["together"])]

        def send(client):
            return [self.send(self.method(step), step, client) for _n in range(step.get("repeat", 1))]

        with ThreadPoolExecutor(len(clients) + 1) as pool:
            sent = [pool.submit(send, client) for client in clients]
            while "meanwhile" in step and wait(sent, timeout=0.1).not_done:
                self.step({"get": step["meanwhile"]})
            return [answer for one in sent for answer in one.result()]

    def new_client(self, step):
        login, path = step.get("as", "admin"), step[self.method(step)]
        if login == "nobody":
            return self.app.test_client()
        return self.with_token(login) if path.startswith("/api/") else self.sign_in(login)

    @staticmethod
    def method(step):
        (method,) = [m for m in ("get", "post", "patch", "delete") if m in step]
        return method

    def new_user(self, login, profile=None, own_company=None, keep=None, **more):
        profiles = [{"profile": profile}] if profile else []
        body = {"login": login, "password": PASSWORD, "profiles": profiles, "company_id": own_company, **more}
        answer = self.client("admin", "/api/").post("/api/v1/users", json=body)
        assert answer.status_code == 201, answer.text
        self.names[keep or login] = answer.json["id"]

    def make(self, step):
        several = step["with"] if isinstance(step["with"], list) else [step["with"]]
        for values in several:
            answer = self.client(step.get("as", "admin"), "/api/").post(f"/api/v1/{step['make']}", json=values)
            assert answer.status_code == 201, answer.text
            if "keep" in step:
                self.names[step["keep"]] = answer.json["id"]

    def run(self, step):
        for name, text in step.get("files", {}).items():
            (self.folder / name).write_text(text, "utf-8", newline="")
        words = [str(self.folder / w) if w in step.get("files", {}) else w for w in step["run"]]
        result = self.runner(self.app, words, step.get("typed"))
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == step.get("exit", 0), result.output
        for said in step.get("said", ()):
            assert said in " ".join(result.output.split()), result.output


def each(step):
    """A step once for each value of its `each`: in the address, or in its own place."""
    if "each" not in step:
        return [step]
    ((name, values),) = step["each"].items()
    rest = {key: value for key, value in step.items() if key != "each"}
    return [{**rest, "as": value} if name == "as" else put(rest, f"{{{name}}}", str(value)) for value in values]


def put(value, name, text):
    """With a text in place of a name, however deep it stands."""
    if isinstance(value, dict):
        return {key: put(v, name, text) for key, v in value.items()}
    return (
        [put(v, name, text) for v in value] if isinstance(value, list) else value.replace(name, text) if isinstance(value, str) else value
    )


def held(page, of="name"):
    """What the form of a record would send as a browser does: name → value, or values; `of` is a control of it, where it has another name."""
    forms = Page(page).forms
    form = next((f for f in forms if f.id == "f"), None) or next(f for f in forms if of in f.controls)
    sent = {name: values[0] if len(values) == 1 else values for name, values in form.data.lists()}
    return {name: value for name, value in sent.items() if name != "csrf_token"}  # the client sends its own


def pdf_pages(data):
    """The text of a PDF by page, its spaces joined."""
    from pypdf import PdfReader

    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def titles(page):
    """The titles of a list's rows in order."""
    rows = re.findall(r'<tr data-id="\d+">(.*?)</tr>', page, re.S)
    marked = [
        re.search(r'<a class="b"[^>]*>(.*?)</a>', row, re.S) or re.search(r'<th scope="row"[^>]*>\s*<a[^>]*>(.*?)</a>', row, re.S)
        for row in rows
    ]
    return [visible(found[1]) for found in marked]


class Expected:
    """What a step says about its answer."""

    def __init__(self, step, reply, play):
        self.step, self.reply, self.play = step, reply, play
        self.text = reply.get_data(as_text=True) if reply.content_type != "application/pdf" else ""
        if reply.is_json:
            self.text = json.dumps(reply.json, ensure_ascii=False)

    def check(self):
        wanted, code = self.step.get("status"), self.reply.status_code
        assert code < 400 if wanted is None else code in (wanted if isinstance(wanted, list) else [wanted]), (
            f"{code}\n{visible(self.text)[:1500]}"
        )
        for name in set(self.step) & {
            "to", "has", "lacks", "body", "rows", "items", "answer", "pdf", "csv", "cells", "lines", "refused", "input", "options", "keep", "figures", "like", "first", "paged", "walk", "safe", "opened", "pages", "each_once", "has_pages", "letters",
        }:  # fmt: skip
            getattr(self, name)(self.step[name])

    def to(self, start):
        assert self.reply.headers.get("Location", "").startswith(start), self.reply.headers.get("Location")

    def has(self, texts):
        page = visible(self.text)
        for text in texts:
            assert text in page or text in self.text, f"lacks {text!r}: {page[:3000]}"

    def lacks(self, texts):
        page = visible(self.text)
        for text in texts:
            there = self.text if text.startswith("<") else f"{page}\n{self.text}"  # a tag that is only shown is text
            assert text not in there, f"has {text!r}"

    def like(self, path):
        """The page is the one of another address, but for the words that were searched for."""
        other = self.play.send("get", {**self.step, "get": path}).get_data(as_text=True)
        mine, theirs = (parse_qs(urlsplit(p).query)["q"][0] for p in (self.step["get"], path))
        assert visible(self.text).replace(mine, "…") == visible(other).replace(theirs, "…")

    def pdf(self, texts):
        """The text of all pages holds these."""
        found = "\n".join(pdf_pages(self.reply.data))
        for text in texts:
            assert text in found, found[:2000]

    def body(self, text):
        assert self.text == text

    def rows(self, wanted):
        found = titles(self.text)
        assert found == wanted, found

    def items(self, wanted):
        found = self.reply.json["items"]
        assert [{k: f.get(k) for k in w} for f, w in zip(found, wanted, strict=False)] == wanted, found
        assert len(found) == len(wanted), found

    def answer(self, wanted):
        found = self.reply.json
        assert {k: found.get(k) for k in wanted} == wanted, found

    def table(self):
        return list(csv.reader(io.StringIO(self.reply.get_data().decode("utf-8"), newline="")))

    def csv(self, titles):
        found = [row[0] for row in self.table()[1:]]
        assert sorted(found) == sorted(titles), found

    def cells(self, wanted):
        head, *rows = self.table()
        found = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
        for title, cells in wanted.items():
            assert {name: found[title].get(name) for name in cells} == cells, found[title]

    def lines(self, number):
        assert len(self.table()) == number, self.table()

    def refused(self, fields):
        """Exactly these controls are marked as wrong."""
        assert Page(self.text).form().errors == set(fields), visible(self.text)[:1500]

    def input(self, wanted):
        found = held(self.text)
        assert {name: found.get(name) for name in wanted} == {k: v.replace("\n", "\r\n") for k, v in wanted.items()}, found

    def options(self, wanted):
        for name, values in wanted.items():
            select = re.search(rf'<select[^>]*\bname="{name}"[^>]*>(.*?)</select>', self.text, re.S)
            assert select, f"no list {name}: {visible(self.text)[:500]}"
            assert [html.unescape(v) for v in re.findall(r'<option value="([^"]*)"', select[1]) if v] == values, select[1]

    def paged(self, wanted):
        """All pages of REST one after the other: none repeats, none skips."""
        found, path, more = [], f"{self.step['get']}&limit={wanted['limit']}", ""
        for _page in range(20):
            page = self.play.send("get", {**self.step, "get": path + more}).json
            assert len(page["items"]) <= wanted["limit"]
            found += [item[wanted["by"]] for item in page["items"]]
            if page["next"] is None:
                break
            more = f"&cursor={page['next']}"
        assert found == wanted["all"], found

    def walk(self, wanted):
        """All pages of a list forwards, and back again."""
        pages, text = [titles(self.text)], self.text
        while (there := self.neighbour(text, "next")) and len(pages) < 20:
            text = self.open(there)
            pages.append(titles(text))
        assert [t for page in pages for t in page] == wanted["all"], pages
        back = [pages[-1]]
        while (there := self.neighbour(text, "prev")) and len(back) < 20:
            text = self.open(there)
            back.insert(0, titles(text))
        assert back == pages, back

    @staticmethod
    def neighbour(text, rel):
        return next((url for url, r in Page(text).rels.items() if r == rel), None)

    def open(self, path):
        return self.play.send("get", {**self.step, "get": path}).get_data(as_text=True)

    def safe(self, _yes):
        """Nothing on the page could run."""
        assert Page(self.text).dangers == []

    def first(self, wanted):
        """The first match of a pattern in the page, remembered by a name."""
        for name, pattern in wanted.items():
            found = re.search(pattern, self.text)
            assert found, f"no {pattern}: {visible(self.text)[:1000]}"
            self.play.names[name] = found[1]

    def opened(self, name):
        """The form as it was opened; a later step sends it (`of`)."""
        self.play.forms[name] = held(self.text)

    def pages(self, wanted):
        """How a PDF is made: `least` pages, texts on `every` page, on the `last` one only, `once` in all; fonts `embedded`; `files` in it."""
        from pypdf import PdfReader

        reader = PdfReader(io.BytesIO(self.reply.data))
        found = pdf_pages(self.reply.data)
        assert len(found) >= wanted.get("least", 1), len(found)
        for text in wanted.get("every", []):
            assert all(text in page for page in found), text
        for text in wanted.get("last", []):
            assert [text in page for page in found] == [False] * (len(found) - 1) + [True], text
        for text in wanted.get("once", []):
            assert sum(page.count(text) for page in found) == 1, text
        for text in wanted.get("none", []):
            assert not any(text in page for page in found), text
        assert len(self.reply.data) < wanted.get("smaller", 10**9)
        assert len(reader.attachments) == wanted.get("files", 0)
        for page in reader.pages:
            for font in page["/Resources"].get("/Font", {}).values():
                kind = font.get_object()
                for one in kind.get("/DescendantFonts", [kind]):
                    described = one.get_object()["/FontDescriptor"].get_object()
                    assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(described), kind

    def each_once(self, pattern):
        """Each line of the bill stands exactly once in the PDF."""
        found = " ".join(pdf_pages(self.reply.data))
        assert [found.count(pattern.format(n=n)) for n in range(1, self.play.names["lines"] + 1)] == [1] * self.play.names["lines"]

    def has_pages(self, words):
        """Each page of the PDF says which it is."""
        found = pdf_pages(self.reply.data)
        assert all(words.format(n=n, all=len(found)) in page for n, page in enumerate(found, 1)), found[0]

    def letters(self, text):
        """The PDF's text holds every letter, in whatever order its fonts put them."""
        found = "".join(pdf_pages(self.reply.data))
        assert [letter for letter in text if not letter.isspace() and letter not in found] == [], found

    def keep(self, name):
        if self.reply.is_json:
            self.play.names[name] = self.reply.json["id"]
        else:
            self.play.names[name] = int(self.reply.headers["Location"].split("?")[0].rstrip("/").rpartition("/")[2])

    def figures(self, wanted):
        """A statistic's table or a sum, by its text."""
        for name, rows in wanted.items():
            part = re.search(rf'data-statistic="{name}".*?</table>', self.text, re.S)
            assert part, name
            for row in rows:
                assert row in visible(part[0]), visible(part[0])
