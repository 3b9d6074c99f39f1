"""The way: what Cartera is for, walked in a browser from the demo's first sign-in to a lead that is dragged on, with two web processes.

`CARTERA_PICTURES=1 pytest tests/browser` makes the pictures of docs/tour.md on its way.
"""

import io
import re
import time
import urllib.request
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("the_way")]

FILE = Path(__file__).parents[1] / "cases" / "files" / "lookalike" / "cartera-companies-200.csv"
HOUSE, CUSTOMER_A, CUSTOMER_B = 1, 2, 3
LOGINS = {"admin", "user1", "manager1", "user2"}


def text_of(pdf: bytes) -> str:
    """The words of a PDF, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def until(what, seconds=10.0):
    """Ask again until the answer is true; gives the seconds after which the question was put that got it."""
    began = time.monotonic()
    while True:
        asked = time.monotonic() - began
        if what():
            return asked
        assert asked < seconds, f"not within {seconds} s"
        time.sleep(0.02)


def test_the_demo_prints_a_line_for_each_login_with_the_password_last(installation):
    lines = installation.printed.splitlines()
    assert {line.split()[0] for line in lines} >= LOGINS
    for line in lines:
        login, *may, password = line.split()
        assert may, line
        assert len(password) >= 12, login


def test_somebody_signs_in_by_keyboard_in_the_order_of_the_page(person, installation):
    someone = person(None)
    page = someone.page
    someone.goto("/companies/")
    assert someone.path == "/login?next=/companies/"
    someone.look()
    someone.picture("sign-in")
    expect(page.get_by_label("User or e-mail")).to_be_focused()
    page.keyboard.type("manager1")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type("not the password")
    order = []
    for _step in range(3):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
    assert order == ["Show", "stay", "Sign in"]
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("User or password is wrong")
    someone.look()
    page.get_by_label("Password", exact=True).fill(installation.passwords["manager1"])
    page.keyboard.press("Enter")
    someone.heading("Companies")
    assert someone.path == "/companies/"


def test_rows_of_other_managers_are_problems_for_user1_and_the_good_ones_go_in(person):
    user1 = person("user1")
    page = user1.page
    user1.goto("/companies/import")
    user1.look()
    page.get_by_label("CSV file").set_input_files(FILE)
    user1.press("Upload and check")
    user1.heading("200 rows")
    kinds = page.locator(".kinds li")
    expect(kinds.first).to_contain_text("100 rows")
    expect(page.locator(".seg a", has_text="With problems")).to_contain_text("100")
    row = page.locator("table.imp tbody tr").first
    expect(row.locator("td").first).to_have_text("3")  # the header is row 1
    wrong = row.locator("td.cell.p")
    expect(wrong).to_be_in_viewport()
    expect(wrong.locator("input")).to_have_value("manager1")
    expect(wrong).to_contain_text("Only with CRM Manage you name somebody else as manager")
    column = page.locator("table.imp thead th").nth(
        row.locator("td").evaluate_all("(all) => all.findIndex(e => e.classList.contains('p'))")
    )
    expect(column).to_contain_text("manager")
    user1.look()
    user1.picture("import-problems")
    page.get_by_label(re.compile("good|without problems", re.I)).check()
    page.locator("#go").click()
    user1.says("The import is done")
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text(re.compile(r"Made\s*90"))
    expect(facts).to_contain_text(re.compile(r"Refused\s*100"))
    user1.look()
    with page.expect_download() as refused:
        page.get_by_role("link", name="Refused rows as CSV").click()
    text = refused.value.path().read_text(encoding="utf-8-sig")
    assert text.count("Only with CRM Manage") == 100
    expect(user1.main).to_contain_text("An administrator can take the import back on this page")  # deleting companies needs CRM Manage
    admin = person("admin")
    admin.goto(user1.path)
    admin.page.get_by_role("link", name="Undo the import").click()
    expect(admin.main).to_contain_text("Delete 90 companies made by this import?")
    admin.press("Undo the import")
    admin.says("90 records were removed")


def test_the_way(person, installation):
    manager = person("manager1")
    page = manager.page
    manager.look()
    manager.picture("dashboard")

    # The companies of a file
    manager.goto("/companies/")
    before = total(manager)
    page.locator("summary", has_text="Import, export").click()
    page.get_by_role("link", name="Import…").click()
    page.get_by_label("CSV file").set_input_files(FILE)
    manager.press("Upload and check")
    manager.heading("200 rows")
    page.locator(".seg a", has_text="All").last.click()
    expect(page.locator("table.imp tbody")).to_contain_text("no fiscal id of this country")
    manager.look()
    manager.picture("import-check")
    page.locator("#go").click()
    manager.says("The import is done")
    expect(page.locator("dl.facts")).to_contain_text(re.compile(r"Made\s*180"))
    expect(page.locator("dl.facts")).to_contain_text(re.compile(r"Skipped\s*20"))
    manager.look()
    manager.picture("import-report")
    manager.press("Show the records")
    manager.heading("Companies")
    assert total(manager) == 180
    manager.goto("/companies/")
    assert total(manager) == before + 180
    manager.look()
    manager.picture("companies")
    manager.picture("companies-dark", colours="dark")
    page.locator("#q").fill("alfar")
    page.keyboard.press("Enter")
    page.get_by_role("rowheader").get_by_role("link", name="Alfar Logística SL", exact=True).click()
    manager.heading("Alfar Logística SL")
    expect(manager.main).to_contain_text("persona000@example.com")
    manager.look()

    # A company, its tabs, a file, a contact
    manager.goto(f"/companies/{CUSTOMER_A}")
    manager.heading("Customer #A")
    manager.open_tab("Files")
    page.locator("#files").set_input_files({"name": "Offer 2027.txt", "mimeType": "text/plain", "buffer": b"Ten seats"})
    manager.press("Upload")
    expect(manager.main.get_by_role("link", name="Offer 2027.txt")).to_be_visible()
    for label in ("Contacts", "Contracts", "Invoices", "Leads", "Files", "Activity", "History"):
        manager.open_tab(label)
        manager.look()
    manager.goto(f"/companies/{CUSTOMER_A}")
    page.locator("main summary", has_text="Add").click()
    page.locator("main .dropdown-menu").get_by_role("link", name="Contact", exact=True).click()
    manager.heading("New contact")
    manager.fill("Full name", "Nerea Aldasoro")
    manager.fill("E-mail", "nerea@customer-a.example")
    manager.fill("Phone", "+34 944 000 111")
    manager.fill("Position", "Purchasing")
    manager.look()
    manager.press("Save")
    manager.heading("Nerea Aldasoro")
    manager.look()
    manager.goto(f"/companies/{CUSTOMER_A}?tab=contacts")
    expect(manager.main.get_by_role("rowheader").filter(has_text="Nerea Aldasoro")).to_be_visible()
    heads_fit_rows(manager)
    manager.picture("company-contacts")

    # A contract of a type with a field of its own
    page.locator("main summary", has_text="Add").click()
    page.locator("main .dropdown-menu").get_by_role("link", name="Contract", exact=True).click()
    manager.heading("New contract")
    manager.fill("Contract reference", "Licences 2027")
    manager.choose("Type of contract", "Licences")
    expect(page.get_by_label("Licence type")).to_be_visible()
    expect(page.get_by_label(re.compile("^Contract reference"))).to_have_value("Licences 2027")
    manager.fill("Licence type", "Enterprise")
    manager.fill("Begins on", "2027-01-01")
    manager.fill("Ends on", "2027-12-31")
    manager.fill("Amount of a term", "499")
    manager.choose("Currency", "EUR")
    manager.look()
    manager.picture("contract-form", show=page.get_by_label("Licence type"))
    manager.press("Save")
    manager.heading("Licences 2027")
    contract = manager.id
    expect(manager.main).to_contain_text("Enterprise")
    manager.look()
    manager.press("Generate PDF from template")
    manager.look()
    manager.choose("Template", "Certificate – Proof of support")
    manager.press("Generate PDF")
    manager.says("was made and filed")
    link = page.get_by_role("link", name=re.compile(r"^Certificate_Licences 2027.*\.pdf$"))
    certificate = text_of(page.request.get(manager.url + (link.get_attribute("href") or "")).body())
    assert "Customer #A" in certificate
    assert "31 December 2027" in certificate
    manager.look()

    # An invoice of the contract
    manager.press("Generate invoice")
    manager.heading("New invoice")
    expect(page.locator('select[name="company_id"]')).to_have_value(str(CUSTOMER_A))
    proposed = page.get_by_label(re.compile("^Bill ID")).get_attribute("placeholder") or ""
    assert re.fullmatch(r"15/\d{4}", proposed), proposed
    fill_line(manager, 1, "Licences 2027, 10 seats", "10", "49,90")
    expect(page.locator("tr[data-line] .err")).to_have_text("“49,90” is not a number, as 1234.5.")  # and no total leaves it out in silence
    fill_line(manager, 1, "Licences 2027, 10 seats", "10", "49.90")
    expect(page.locator("tr[data-line] .err")).to_have_count(0)
    manager.press("Line")
    fill_line(manager, 2, "Set-up", "1", "250")
    manager.fill("Withholding %", "15")
    manager.fill("Reference", "PED-9001")
    expect(page.locator("[data-totals] dd.sum")).to_have_text("€793.94")  # 749.00 + 157.29 − 112.35
    expect(page.locator("[data-totals]")).to_contain_text("€157.29")
    expect(page.locator("[data-totals]")).to_contain_text("€112.35")
    manager.look()
    manager.picture("invoice-form")
    manager.press("Issue")
    manager.says(f"Invoice {proposed} was saved: €793.94")
    manager.heading(proposed)
    invoice = manager.id
    expect(page.locator("[data-total]")).to_have_text("€793.94")
    manager.look()
    manager.goto("/invoices/new")
    after = page.get_by_label(re.compile("^Bill ID")).get_attribute("placeholder")
    assert after == f"15/{int(proposed[3:]) + 1}"
    name = f"invoice_{proposed.replace('/', '-')}.pdf"
    until(lambda: name in page.request.get(f"{manager.url}/invoices/{invoice}?tab=files").text(), 30)  # the worker makes it
    manager.goto(f"/invoices/{invoice}?tab=files")
    filed = page.get_by_role("link", name=name).get_attribute("href") or ""
    printed = text_of(page.request.get(manager.url + filed).body())
    for words in (proposed, "Customer #A", "Licences 2027, 10 seats", "Set-up", "793.94", "112.35"):
        assert words in printed, words
    manager.look()
    manager.goto(f"/invoices/{invoice}")
    manager.press("Lock")
    manager.says("The invoice is locked")
    expect(manager.main).to_contain_text("Locked")
    manager.look()
    manager.picture("invoice")
    user1 = person("user1")
    user1.goto(f"/invoices/{invoice}")
    expect(user1.main).to_contain_text("Locked")
    expect(user1.main.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    assert user1.status(f"/invoices/{invoice}/edit") == 403
    assert user1.post(f"/invoices/{invoice}/unlock") == 403

    manager.goto(f"/companies/{CUSTOMER_A}")
    expect(manager.main).to_contain_text(proposed)
    manager.look()
    manager.picture("company")
    manager.picture("company-phone", phone=True)
    manager.goto(f"/contracts/{contract}")
    expect(manager.main).to_contain_text(proposed)
    manager.look()
    manager.picture("contract")

    # A lead of the form on a website
    allow_the_form(person("admin"))
    assert send_form(installation.other, "", "", "", "", "", "") == "0"  # the sample calls each time its page is shown
    assert send_form(installation.other, "Ane Goñi", "Astilleros Ría", "ane@ria.example", "Spain", "Manager", "Please, call me") == "1"
    manager.goto("/leads/pipeline")
    new, arranged = (page.locator(f'[data-stage="{code}"]') for code in (0, 20))
    card = new.locator(".kc", has_text="Astilleros Ría")
    expect(card).to_be_visible()
    counts = [int(page.locator(f'[data-count-of="{code}"]').inner_text()) for code in (0, 20)]
    manager.look()
    manager.picture("pipeline")
    manager.picture("pipeline-dark", colours="dark")
    manager.drag(card, arranged)
    manager.says("Astilleros Ría moved to Meeting arranged")
    expect(arranged.locator(".kc", has_text="Astilleros Ría")).to_be_visible()
    expect(page.locator('[data-count-of="20"]')).to_have_text(str(counts[1] + 1))
    manager.goto("/leads/pipeline")
    expect(arranged.locator(".kc", has_text="Astilleros Ría")).to_be_visible()
    assert [int(page.locator(f'[data-count-of="{code}"]').inner_text()) for code in (0, 20)] == [counts[0] - 1, counts[1] + 1]
    arranged.get_by_role("link", name="Astilleros Ría").click()
    manager.heading("Ane Goñi")
    expect(manager.main).to_contain_text("Please, call me")
    manager.look()
    manager.picture("lead")


def total(someone) -> int:
    """How many records the list says it has."""
    found = re.search(r"of ([\d,]+)", someone.main.locator(".foot").inner_text())
    assert found
    return int(found[1].replace(",", ""))


def heads_fit_rows(someone) -> None:
    """Each column of a table stands under its head."""
    rows = someone.main.locator("table.dtab tr")
    assert rows.first.locator("th, td").count() == rows.nth(1).locator("th, td").count()


def fill_line(someone, number: int, concept: str, quantity: str, price: str) -> None:
    """Fill a line of an invoice."""
    for label, value in (("Concept", concept), ("Quantity", quantity), ("Price", price)):
        someone.page.get_by_label(f"{label}, line {number}").fill(value)
    tax = someone.page.get_by_label(f"Tax, line {number}")
    tax.focus()  # as a person gets there: what was typed is judged once its field is left
    tax.select_option(label="VAT 21 %")


def allow_the_form(admin) -> None:
    """An administrator makes the user of the website's form: it has no password, so its address is what it is known by."""
    admin.goto("/setup/users")
    admin.look()
    admin.press("New user")
    admin.fill("Login", "api_user")
    admin.fill("Name", "Form of the website")
    admin.main.get_by_label("May call the classic API").check()
    admin.fill("Allowed addresses", "127.0.0.1")
    admin.main.get_by_label("May come without a password, from these addresses only").check()
    admin.look()
    admin.picture("api-user")
    admin.press("Save")
    admin.heading("Form of the website")


def send_form(url: str, name: str, company: str, email: str, country: str, role: str, comments: str) -> str:
    """The call that the manual's sample form composes (pitsm_lead_form.php), letter by letter."""
    e = quote_plus
    call = f"{url}/integria/include/api.php?user=api_user&op=create_lead&params="
    call += f"{e(name)},{e(company)},{e(email)},{e(country)},0,0,,,{e(role)},,,{e(comments)},1,0"
    with urllib.request.urlopen(call) as answer:
        assert answer.status == 200
        return answer.read().decode()


def test_who_sees_and_changes_what_in_the_manuals_case(person, installation):
    user1, manager, user2 = (person(login) for login in ("user1", "manager1", "user2"))
    # user1 edits his own customer, and sees that of his colleague
    user1.goto(f"/companies/{CUSTOMER_A}")
    expect(user1.main.get_by_role("link", name="Edit", exact=True)).to_be_visible()
    user1.goto(f"/companies/{CUSTOMER_B}")
    user1.heading("Customer #B")
    expect(user1.main.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    user1.look()
    assert user1.status(f"/companies/{CUSTOMER_B}/edit") == 403
    assert user1.post(f"/companies/{CUSTOMER_B}/edit", name="Mine now") == 403
    assert user1.status(f"/companies/{HOUSE}") == 404
    # manager1 edits both, with Ctrl S as well
    for company in (CUSTOMER_A, CUSTOMER_B):
        manager.goto(f"/companies/{company}/edit")
        manager.fill("City", "Bilbao")
        manager.page.keyboard.press("Control+s")
        manager.heading("Customer #")
        assert manager.path.startswith(f"/companies/{company}")
        expect(manager.main).to_contain_text("Bilbao")
    manager.goto(f"/companies/{CUSTOMER_B}/access")
    manager.look()
    manager.picture("who-sees-this")
    # user2 has nothing of the CRM, not even that it is there
    user2.look()
    for text in ("Companies", "Leads", "Invoices"):
        expect(user2.page.locator("#side")).not_to_contain_text(text)
    paths = [
        "/companies/", f"/companies/{CUSTOMER_A}", "/companies/new", "/companies/export.csv", "/companies/import", "/companies/statistics",
        "/contacts/", "/contacts/1", "/contacts/export.csv", "/contracts/", "/contracts/1", "/contracts/1/documents", "/contracts/export.csv",
        "/invoices/", "/invoices/1", "/invoices/1/pdf", "/invoices/export.csv", "/leads/", "/leads/1", "/leads/pipeline", "/leads/export.csv",
        "/search?q=customer",
    ]  # fmt: skip
    for path in paths:
        assert user2.status(path) == 404, path
    user2.goto("/companies/", status=404)
    user2.look()
    user2.goto("/me")
    user2.fill("Name of the token", "curious")
    user2.press("Make a token")
    key = user2.main.locator("#new-token").inner_text()
    for resource in ("companies", "companies/2", "contacts", "contracts", "invoices", "leads"):
        answer = user2.page.request.get(f"{installation.other}/api/v1/{resource}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status == 404, resource


def test_an_administrator_hides_and_disables_modules_in_all_processes_and_brings_them_back(person, installation):
    admin, user1 = person("admin"), person("user1")
    page = admin.page
    admin.goto("/invoices/")
    expect(page.locator("table.dtab tbody tr").first).to_be_visible()
    invoices = total(admin)

    def everywhere(someone, path: str, status: int) -> bool:
        return all(someone.status(path, url) == status for url in installation.urls)

    def switch(plugin: str, state: str) -> None:
        admin.goto("/setup/plugins")
        page.locator(f"#plugin-{plugin}").get_by_role("button", name=state).click()

    try:
        switch("invoices", "Hidden")
        admin.says("Invoices hidden, in force now")
        assert until(lambda: everywhere(user1, "/invoices/", 404)) < 1
        assert everywhere(user1, "/companies/2?tab=invoices", 404) or everywhere(user1, "/companies/2", 200)
        assert everywhere(admin, "/invoices/", 200)
        user1.goto("/companies/2")
        expect(user1.page.locator("#side")).not_to_contain_text("Invoices")
        expect(user1.main.locator("nav.tabs")).not_to_contain_text("Invoices")
        user1.look()
        admin.goto("/setup/plugins")
        admin.look()

        switch("contracts", "Disabled")
        question = page.get_by_role("alertdialog")
        expect(question).to_contain_text("Invoices")
        assert everywhere(admin, "/contracts/", 200)  # asked, not done
        admin.look()
        admin.picture("plugins")
        question.get_by_role("button", name="Disable both").click()
        admin.says("in force now")
        for path in ("/contracts/", "/contracts/1", "/invoices/", "/invoices/1/pdf", "/contracts/1/invoice"):
            assert until(lambda path=path: everywhere(admin, path, 404)) < 1, path
        admin.goto("/companies/2")
        expect(admin.main.locator("nav.tabs")).not_to_contain_text("Contracts")
        admin.look()
    finally:
        for plugin in ("contracts", "invoices"):
            switch(plugin, "Enabled")
    assert until(lambda: everywhere(user1, "/invoices/", 200) and everywhere(user1, "/contracts/", 200)) < 1
    admin.goto("/invoices/")
    assert total(admin) == invoices
    user1.goto("/companies/2?tab=contracts")
    expect(user1.main.locator("table.dtab tbody tr").first).to_be_visible()


CUT = """() => [...document.querySelectorAll("main, main .tw, main .sec")].filter(e => e.scrollWidth > e.clientWidth + 1).map(
    e => `${e.getAttribute("aria-labelledby") || e.tagName}: ${e.scrollWidth} in ${e.clientWidth}`)"""


def test_no_card_of_the_dashboard_is_cut_sideways_on_a_desk_in_either_language(person):
    manager = person("manager1")
    page = manager.page
    for language in ("es", "en"):
        manager.goto("/me")
        page.locator('select[name="language"]').select_option(language)
        page.locator('main form:has(select[name="language"]) button[type="submit"]').click()
        expect(page.locator(f'html[lang="{language}"]')).to_have_count(1)
        for width in (1024, 1112, 1200, 1280, 1366, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            manager.goto("/")
            manager.settle()
            expect(page.locator("main .tw table").first).to_be_visible()
            assert page.evaluate(CUT) == [], (language, width)


def test_the_palette_finds_records_and_commands_by_keyboard(person):
    manager = person("manager1")
    page = manager.page
    manager.goto("/leads/pipeline")
    manager.settle()
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog")
    expect(palette).to_be_visible()
    page.keyboard.type("customer #b")
    found = palette.get_by_role("option").filter(has_text="Customer #B")
    expect(found.first).to_have_attribute("aria-selected", "true")
    manager.look()
    manager.picture("palette")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    manager.heading("Customer #B")
    manager.settle()
    page.keyboard.press("g")
    page.keyboard.press("i")
    manager.heading("Invoices")
    manager.settle()
    page.keyboard.press("/")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_money_of_the_way_is_exact():
    base = Decimal("10") * Decimal("49.90") + 250
    assert base + base * 21 / 100 - base * 15 / 100 == Decimal("793.94")
