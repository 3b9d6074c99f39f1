"""The benchmarks fill the product's tables past its forms: their rows have to fit it as it is now."""

import sqlite3
from contextlib import closing

from benchmarks.product_data import fill
from benchmarks.rows import Size


def test_the_rows_of_the_benchmarks_fit_the_product(tmp_path):
    fill(tmp_path, "", Size(companies=1_000))
    with closing(sqlite3.connect(tmp_path / "cartera.db")) as connection:
        tables = ("companies_company", "contracts_contract", "leads_lead")
        made = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        unordered = connection.execute("SELECT count(*) FROM contacts_contact WHERE order_key = ''").fetchone()[0]
    assert made["companies_company"] == 1_000
    assert min(made.values()) > 0
    assert unordered == 0
