"""What a person does at a browser: goes to pages, fills fields, picks from lists, drags; and what every page must stand: four looks."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ALL: dict[str, Any] = {}
CONTRAST, SHAPE = {"runOnly": ["color-contrast"]}, {"rules": {"color-contrast": {"enabled": False}}}
LOOKS = ((WIDE, "light", ALL), (WIDE, "dark", CONTRAST), (PHONE, "light", SHAPE), (PHONE, "dark", CONTRAST))
"""What axe looks for in each look: dark differs from light by colours alone, so what else it finds is found once a width."""
PICTURE = {"width": 1200, "height": 760}
ALIKE = {"exclude": [["tbody tr:nth-child(n+6)"], [".kl > li:nth-child(n+4)"]]}
"""Rows and cards that are drawn as those before them: axe looks at the first ones of each table and column."""
_RUN_AXE = """async ([context, options]) => (await axe.run(context, {resultTypes: ["violations"], preload: false, ...options})).violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id}: ${rule.help} at ${node.target.join(" · ")}`))"""

_SETTLED = """() => document.readyState === "complete" && document.fonts.status === "loaded" && !document.querySelector(".htmx-request")"""


class Person:
    """Somebody at a browser window. `page` is Playwright's page, `url` the web process that he talks to."""

    def __init__(self, page: Page, url: str, axe: str, pictures: Path | None):
        self.page, self.url, self._axe, self._pictures = page, url, axe, pictures

    # --- going about ---

    def sign_in(self, user: str, password: str, say: Callable[[str], str] = str) -> None:
        """Sign in by the page for it. `say` puts a label into the language of the page."""
        self.goto("/login")
        self.page.get_by_label(say("User or e-mail")).fill(user)
        self.page.get_by_label(say("Password"), exact=True).fill(password)
        self.page.get_by_role("button", name=say("Sign in")).click()
        expect(self.page.locator("body[data-user]")).to_be_visible()

    def goto(self, path: str, status: int = 200) -> None:
        """Open an address, which has to answer with this status."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}, not {status}"

    def status(self, path: str, url: str = "") -> int:
        """What an address answers to this person, without going there. Redirects are not followed."""
        return self.page.request.get((url or self.url) + path, max_redirects=0).status

    def post(self, path: str, url: str = "", **form: str) -> int:
        """What a posted form answers to this person: as if he had kept the page from before."""
        token = self.page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
        where = url or self.url
        answer = self.page.request.post(where + path, form=form, headers={"X-CSRFToken": token, "Referer": where + "/"}, max_redirects=0)
        return answer.status

    @property
    def path(self) -> str:
        """The address of the page, without the server."""
        return self.page.url.removeprefix(self.url)

    @property
    def id(self) -> int:
        """The id of the record whose page this is."""
        found = re.search(r"/(\d+)(?:\?|$|/)", self.path)
        assert found, self.path
        return int(found[1])

    # --- forms ---

    def fill(self, label: str, text: str) -> None:
        """Fill the field with this label."""
        self.main.get_by_label(re.compile(rf"^{re.escape(label)}(\s+required)?$")).first.fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose from a plain list."""
        self.main.get_by_label(re.compile(rf"^{re.escape(label)}(\s+required)?$")).first.select_option(label=option)

    def pick(self, name: str, text: str) -> None:
        """Pick from a list that is searched on the server, by typing."""
        field = self.main.locator(f'select[name="{name}"] + .ts-wrapper')
        field.locator(".ts-control").click()
        self.page.keyboard.type(text)
        option = field.locator(".ts-dropdown .option").filter(has_text=text).first
        option.click()
        expect(field.locator(".ts-control .item").filter(has_text=text)).to_be_visible()

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press the button, or follow the link that looks like one, of this name."""
        place = within or self.main
        named = re.compile(rf"^{re.escape(name)}(\s+Ctrl S)?$")
        place.get_by_role("button", name=named).or_(place.get_by_role("link", name=named)).first.click()

    def open_tab(self, label: str) -> None:
        """Open a tab of a record."""
        self.main.get_by_role("navigation").get_by_role("link", name=re.compile(rf"^{label}\b")).click()
        expect(self.main.locator('nav.tabs a[aria-current="page"]')).to_contain_text(label)

    @property
    def main(self) -> Locator:
        """The page without what is around it."""
        return self.page.locator("main")

    def says(self, text: str | re.Pattern[str]) -> None:
        """A message at the foot of the page says so."""
        expect(self.page.locator("[data-toasts]")).to_contain_text(text)

    def heading(self, text: str | re.Pattern[str]) -> None:
        """The page's heading."""
        expect(self.page.locator("h1").first).to_contain_text(text)

    def drag(self, what: Locator, to: Locator) -> None:
        """Drag with the mouse, as a hand does: press, move in steps, let go."""
        what.scroll_into_view_if_needed()
        a, b = what.bounding_box(), to.bounding_box()
        assert a
        assert b
        mouse = self.page.mouse
        mouse.move(a["x"] + a["width"] / 2, a["y"] + 10)
        mouse.down()
        mouse.move(a["x"] + a["width"] / 2 + 12, a["y"] + 16, steps=4)
        mouse.move(b["x"] + b["width"] / 2, b["y"] + 30, steps=12)
        mouse.move(b["x"] + b["width"] / 2, b["y"] + 34, steps=3)
        mouse.up()

    # --- looking ---

    def look(self, *, only: str = "") -> None:
        """The page as it stands, wide and on a phone, light and dark: axe finds nothing, nothing scrolls sideways."""
        self.settle()
        before = self.page.viewport_size or WIDE
        wrong = []
        self.page.evaluate(f"{self._axe};0")  # evaluate is not subject to the page's policy
        for size, colours, rules in LOOKS:
            with self._looking(size, colours):
                name = f"{self.path} at {size['width']} px, {colours}"
                wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 0:
                    wrong.append(f"{name}: scrolls {wide} px sideways")
                wrong += [f"{name}: {line}" for line in self.page.evaluate(_RUN_AXE, [ALIKE, rules])]
        self.page.set_viewport_size(before)  # type: ignore[arg-type]
        assert not wrong, "\n".join(wrong)

    @contextmanager
    def _looking(self, size: Any, colours: Any) -> Iterator[None]:
        self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        # Colours that fade are measured when they have faded.
        self.page.evaluate("() => Promise.all(document.getAnimations().map(a => a.finished.catch(() => 0)))")
        yield
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")

    def settle(self) -> None:
        """Wait until the page has asked for all that it asks for."""
        self.page.wait_for_function(_SETTLED)

    def picture(self, name: str, *, colours: Any = "light", phone: bool = False, show: Locator | None = None) -> None:
        """A picture for the guide, with `show` in sight; only when pictures are asked for (CARTERA_PICTURES=1)."""
        if self._pictures is None:
            return
        self.settle()
        self.page.set_viewport_size(PHONE if phone else PICTURE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        path = self._pictures / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        if show is not None:
            show.scroll_into_view_if_needed()
        self.page.screenshot(path=path, animations="disabled", caret="hide")
        _shrink(path)
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light", reduced_motion="no-preference")


def _shrink(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(192, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
