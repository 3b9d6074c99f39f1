"""Plays the `check` of a case step by step against the real product: pages, REST, files, commands. All right values stand in the case.

A step is a mapping. It does one thing, as somebody (`as`, admin unless told; `nobody` has no session), and says what must come of it:

get, post, patch, delete   an address, exactly as it is sent; `form`, `json` or `upload` is its body, `repeat` how often; below `/api/` with a token
run                        a command, `[user, disable, user1]`, on `files` if it takes some; `said` must be in its output, `exit` (0) is its status
clock                      the instant that it is from now on
user, make                 a new user; a new record by REST (`make: companies`, `with: {…}`), as whom the step names

`keep: x` remembers the new record's id, `{x}` stands for it in later steps. What is expected of an answer: `status` (below 400 unless told), `to`
(where it leads), `has` and `lacks` (texts), `rows` (a list's titles in order), `items` and `answer` (REST, as far as named), `csv` (the titles of a
file), `cells` (by title and column), `refused` (fields with a message), `input` (what stands in a form's controls), `options`, `columns`.
"""

import csv
import html
import io
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

HERE = Path(__file__).parent
PASSWORD = "a quiet meadow at noon"
SETUPS = yaml.safe_load((HERE / "setups.yaml").read_text("utf-8"))


def checks(*kinds, need="play"):
    """The checks of these kinds that hold what is asked for, as parameters of a test, named by their case."""
    found = []
    for path in sorted(HERE.glob("[0-9]*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        if case["kind"] in kinds:
            several = case["check"] if isinstance(case["check"], list) else [case["check"]]
            found += [pytest.param(c, id=f"{case['id']}-{n}") for n, c in enumerate(several, 1) if need in c]
    assert found, kinds
    return found


def visible(text: str) -> str:
    """What a page says: without markup, its entities read, spaces joined."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


class Play:
    """One case on its own world: who is signed in stays so from step to step."""

    def __init__(self, app, api_as, runner, folder, set_clock):
        self.app, self.api_as, self.runner, self.folder, self.set_clock = app, api_as, runner, folder, set_clock
        self.names: dict[str, Any] = {}
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
        kept, new = (self.tokens, self.api_as) if path.startswith("/api/") else (self.sessions, self.sign_in)
        if login not in kept:
            kept[login] = new(login)
        return kept[login]

    def sign_in(self, login):
        return self.app.test_client().sign_in(login)

    def step(self, step):
        if "user" in step:
            return self.new_user(**step["user"])
        if "make" in step:
            return self.make(step)
        if "run" in step:
            return self.run(step)
        if "clock" in step:
            return self.set_clock(datetime.fromisoformat(step["clock"]))
        (method,) = [m for m in ("get", "post", "patch", "delete") if m in step]
        for _time in range(step.get("repeat", 1)):
            answer = self.send(method, step)
            Expected(step, answer, self).check()
        return None

    def send(self, method, step):
        path, more = step[method], {}
        if "json" in step:
            more["json"] = step["json"]
        if "form" in step:
            more["data"] = step["form"]
        if "upload" in step:
            field, name, content = step["upload"]["field"], step["upload"]["name"], self.content(step["upload"])
            head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in step.get("form", {}).items())
            more["data"] = parts.encode() + head.encode() + content + b"\r\n--b--\r\n"
            more["content_type"] = "multipart/form-data; boundary=b"
        client = self.client(step.get("as", "admin"), path)
        if method == "post" and step.get("edit"):  # as a browser does: with all that the form held
            held = controls(client.get(path).get_data(as_text=True))
            more["data"] = {**held, **more.get("data", {})}
        return client.open(path, method=method.upper(), **more)

    @staticmethod
    def content(upload):
        if "path" in upload:
            return (HERE / upload["path"]).read_bytes()
        return upload["text"].encode()

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
        result = self.runner(words, step.get("typed"))
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
    if name == "as":
        return [{**rest, "as": value} for value in values]
    return [{**rest, "get": rest["get"].replace(f"{{{name}}}", value)} for value in values]


def controls(page):
    """What a page's form would send, as a browser reads it: (name, value or values)."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.out, self.form, self.area, self.select, self.first = {}, False, None, None, None

        def handle_starttag(self, tag, attrs):
            a = dict(attrs)
            if tag == "form":
                self.form = a.get("id") == "f"
            if not self.form or "disabled" in a:
                return
            if tag == "input" and a.get("name") and (a.get("type") not in ("checkbox", "radio") or "checked" in a):
                self.add(a["name"], a.get("value", ""))
            if tag == "textarea":
                self.area = (a.get("name"), "")
            if tag == "select":
                self.select, self.first, self.multiple = a.get("name"), None, "multiple" in a
            if tag == "option" and self.select:
                self.first = a.get("value", "") if self.first is None else self.first
                if "selected" in a:
                    self.add(self.select, a.get("value", ""))

        def handle_data(self, data):
            if self.area:
                self.area = (self.area[0], self.area[1] + data)

        def handle_endtag(self, tag):
            if tag == "textarea" and self.area:
                self.add(self.area[0], self.area[1].removeprefix("\n"))
                self.area = None
            if tag == "select" and self.select:
                if self.select not in self.out and not self.multiple and self.first is not None:
                    self.add(self.select, self.first)
                self.select = None
            if tag == "form":
                self.form = False

        def add(self, name, value):
            self.out.setdefault(name, []).append(value or "")

    reader = Reader()
    reader.feed(page)
    return {name: values[0] if len(values) == 1 else values for name, values in reader.out.items() if name}


def pdf_pages(data):
    """The text of a PDF by page, its spaces joined."""
    from pypdf import PdfReader

    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def titles(page):
    """The titles of a list's rows in order."""
    rows = re.findall(r'<tr data-id="\d+">(.*?)</tr>', page, re.S)
    marked = [re.search(r'<a class="b"[^>]*>(.*?)</a>', row, re.S) or re.search(r'<th scope="row"[^>]*>\s*<a[^>]*>(.*?)</a>', row, re.S) for row in rows]
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
        assert code < 400 if wanted is None else code in (wanted if isinstance(wanted, list) else [wanted]), f"{code}\n{visible(self.text)[:1500]}"
        for name in set(self.step) & {
            "to", "has", "lacks", "body", "rows", "items", "answer", "pdf", "csv", "cells", "lines", "refused", "input", "options", "keep", "figures", "like", "first", "paged", "walk",
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
            assert text not in f"{page}\n{self.text}", f"has {text!r}"

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
        """Each of these controls is marked as wrong, with a message beside it."""
        for name in fields:
            control = re.search(rf'<(?:input|select|textarea)[^>]*\bname="{name}"[^>]*>', self.text)
            assert control, f"no control {name}: {visible(self.text)[:1000]}"
            assert 'aria-invalid="true"' in control[0], (name, control[0], visible(self.text)[:1000])

    def input(self, wanted):
        held = controls(self.text)
        assert {name: held.get(name) for name in wanted} == wanted, held

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
        while (there := re.search(r'rel="next"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*rel="next"', text)) and len(pages) < 20:
            text = self.play.send("get", {**self.step, "get": html.unescape(there[1] or there[2])}).get_data(as_text=True)
            pages.append(titles(text))
        assert [t for page in pages for t in page] == wanted["all"], pages
        back = [pages[-1]]
        while (there := re.search(r'rel="prev"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*rel="prev"', text)) and len(back) < 20:
            text = self.play.send("get", {**self.step, "get": html.unescape(there[1] or there[2])}).get_data(as_text=True)
            back.insert(0, titles(text))
        assert back == pages, back

    def first(self, wanted):
        """The first match of a pattern in the page, remembered by a name."""
        for name, pattern in wanted.items():
            found = re.search(pattern, self.text)
            assert found, f"no {pattern}: {visible(self.text)[:1000]}"
            self.play.names[name] = found[1]

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


