"""Cases from the trade about PDFs (kind pdf), made as the product makes them; a listener and a file that nothing may ask for stand beside."""

import socket
import threading

import pytest

from .read import checks


@pytest.fixture
def canary(play, tmp_path):
    """A server and a file that templates refer to; gives the connections that somebody made."""
    secret = tmp_path / "canary.txt"
    secret.write_text("CANARIO-4711")
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        play.in_files = {"@@CANARY_HOST@@": f"127.0.0.1:{server.getsockname()[1]}", "@@CANARY_FILE@@": str(secret)}

        def listen():
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                asked.append(address)
                connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield asked
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


@pytest.mark.parametrize("check", checks("pdf"))
def test_a_document_holds_what_it_should_and_nothing_else(check, play, canary):
    if bill := check.get("bill"):
        numbers = range(1, bill["lines"] + 1)
        lines = [
            {"concept": bill["concept"].format(n=n), "unit_price": bill["unit_price"].format(n=n), "taxes": bill["taxes"]} for n in numbers
        ]
        play.names["lines"] = bill["lines"]
        play.send("post", {"post": "/invoices/setup", "form": tax_form(bill["taxes"])})
        play.step({"make": "invoices", "with": {"company_id": 2, "invoice_create_date": "2025-06-02", "lines": lines}, "keep": "bill"})
    play.case(check)
    assert canary == []


@pytest.mark.parametrize("check", checks("lists-and-filters", need="paper"))
def test_a_document_has_the_dates_of_its_record(check, play):
    play.steps(check["paper"])


def tax_form(rates):
    """What Setup's page of invoices posts to have these taxes."""
    return {"currency": "EUR", "invoice_auto_id": "1", "tax_name": rates, "tax_rate": rates, "tax_category": ["S"] * len(rates)}
