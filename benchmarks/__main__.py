"""`python -m benchmarks`: measures the product against the limit, prints what came out beside what was promised.

    python -m benchmarks                        everything, on SQLite (invoice numbers also on PostgreSQL)
    python -m benchmarks --database postgresql  on a PostgreSQL of its own
    python -m benchmarks --only list,record     these alone
    python -m benchmarks --quick                a small database and few samples: to try things out

Ends with 1 when a promise that is due was missed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from . import data, numbering, product_data, promises, rows, servers, transfers
from .data import Data
from .measure import Figure, Target, measure
from .promises import Outcome, Promise
from .servers import Site
from .statements import count_statements

PARTS = ("list", "sights", "record", "pipeline", "statistics", "growth", "text", "statements", "pdf", "export", "import", "numbers")
SERVED = set(PARTS) - {"statements", "numbers"}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Limit and product on databases of one size."""

    data: Data
    limit: Site
    product: Site


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for."""

    sizes: Sequence[int]
    n: int
    parts: Sequence[str]
    database: str
    quick: bool


def say(text: str) -> None:
    """A line of progress, beside the table."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def run(options: Options) -> list[Outcome]:
    """Everything that was asked for, on one database."""
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="cartera-benchmarks-") as folder, ExitStack() as stack:
        scratch = Path(folder)
        if set(options.parts) - {"numbers"}:
            made = _databases(options, scratch)
            if "statements" in options.parts:
                say("Counting statements …")
                outcomes += statement_outcomes(made[-1], options.database)
            if set(options.parts) & SERVED:
                pairs = [stack.enter_context(serve(one, scratch)) for one in made]
                for part in PARTS:
                    if part in options.parts and part in MEASURES:
                        say(f"Measuring: {part} …")
                        outcomes += MEASURES[part](pairs, options)
    if "numbers" in options.parts:
        say("Invoice numbers …")
        outcomes += number_outcomes(options)
    return outcomes


def _databases(options: Options, scratch: Path) -> list[Data]:
    """The databases of all sizes, smallest first."""
    sizes = [rows.Size(companies=n) for n in sorted(options.sizes)]
    if options.database == "sqlite":
        return [data.on_sqlite(size, scratch, say) for size in sizes]
    server = data.start_postgresql(scratch)
    return [data.on_postgresql(size, scratch, say, server) for size in sizes]


@contextmanager
def serve(made: Data, scratch: Path) -> Iterator[Pair]:
    """Both servers on databases of one size."""
    logs = [scratch / f"{name}-{made.size.companies}.log" for name in ("limit", "product")]
    with servers.limit(made, logs[0]) as limit, servers.product(made, logs[1]) as product:
        yield Pair(data=made, limit=limit, product=product)


def _ratio(promise: Promise, ours: Figure, least: Figure, options: Options) -> Outcome:
    of = f"{ours.p50:.1f} / {least.p50:.1f} ms, {ours.size / 1024:.0f} / {least.size / 1024:.0f} KB"
    return Outcome(promise=promise, value=ours.p50 / least.p50, database=options.database, of=of)


def measure_list(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """The company list, and how many requests it bears."""
    pair = pairs[-1]
    limit = Target(name="limit", site=pair.limit, paths=["/list?wide=4"], marker="data-id")
    product = Target(name="product", site=pair.product, paths=["/companies/"], marker='name="ids"')
    found = measure([limit, product], options.n, throughput=not options.quick)
    ours, least = found["product"], found["limit"]
    out = [_ratio(promises.LIST, ours, least, options)]
    if least.per_second:
        of = f"{ours.per_second:.0f} / {least.per_second:.0f}"
        out.append(Outcome(promise=promises.RATE, value=ours.per_second / least.per_second, database=options.database, of=of))
    return out


READERS = {
    "by somebody who sees all": product_data.SEES_ALL, "by somebody who sees 1 %": product_data.LOGIN,
    "by somebody who sees a dozen": product_data.SEES_FEW,
}  # fmt: skip
ORDERS = {"by name": "", "by last activity": "sort=-last_update"}
FILTERS = (
    "country=DE", f"manager_id={product_data.ADMIN + rows.SELLER}", "parent_id=-", "role_id=-", "city=Porto",
    f"associate_ids={product_data.ADMIN + product_data.GUEST}", "last_update_from=2025-01-01", "billing_from=9000000", "q=kestrel",
)  # fmt: skip


def measure_sights(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """The company list for those who see all, some and few: in two orders, and by each filter."""
    pair, out = pairs[-1], []
    limit = Target(name="limit", site=pair.limit, paths=["/list?wide=4"], marker="data-id")
    for whose, login in READERS.items():
        site = servers.sign_in(Site(port=pair.product.port), login, pair.data.password)
        asked = {words: f"/companies/?{query}" for words, query in ORDERS.items()} | {query: f"/companies/?{query}" for query in FILTERS}
        # A filter that nobody knows would measure the plain list: with one in force the list can be cleared.
        targets = [
            Target(name=name, site=site, paths=[path], marker="<h1>Companies" if name in ORDERS else 'href="/companies/">Clear')
            for name, path in asked.items()
        ]
        found = measure([limit, *targets], options.n)
        out += [_ratio(promises.SIGHTS.of(whose=whose, order=order), found[order], found["limit"], options) for order in ORDERS]
        slowest = max(FILTERS, key=lambda query: found[query].p50)
        worst = _ratio(promises.FILTERS.of(whose=whose), found[slowest], found["limit"], options)
        out.append(replace(worst, of=f"{worst.of}, {slowest}"))
    return out


def measure_statistics(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """The page of all statistics of the companies in sight, beside the list that shows fifty of them."""
    pair, out = pairs[-1], []
    for whose, login in READERS.items():
        site = servers.sign_in(Site(port=pair.product.port), login, pair.data.password)
        plain = Target(name="plain", site=site, paths=["/companies/"], marker='name="ids"')
        page = Target(name="statistics", site=site, paths=["/companies/statistics"], marker="data-statistic")
        found = measure([plain, page], options.n)
        out.append(_ratio(promises.STATISTICS.of(whose=whose), found["statistics"], found["plain"], options))
    return out


def measure_record(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """A company's page, and one of its tabs."""
    pair, path = pairs[-1], f"/companies/{rows.RECORD}"
    found = measure(
        [
            Target(name="limit", site=pair.limit, paths=[f"/record/{rows.RECORD}"], marker="<h2>invoice"),
            Target(name="product", site=pair.product, paths=[path], marker=f"{rows.RECORD:07d}"),
            Target(name="tab", site=pair.product, paths=[f"{path}?tab=contacts"], marker="person20@p.example"),
        ],
        options.n,
    )
    return [_ratio(promises.RECORD, found["product"], found["limit"], options), _ratio(promises.TAB, found["tab"], found["limit"], options)]


def measure_pipeline(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """The pipeline: of one country, which is some 20 cards per stage, and all of it."""
    pair = pairs[-1]
    found = measure(
        [
            Target(name="limit", site=pair.limit, paths=["/leads"], marker="<article"),
            Target(name="product", site=pair.product, paths=["/leads/pipeline?closed=1&country=DE"], marker="data-stage"),
            Target(name="full", site=pair.product, paths=["/leads/pipeline"], marker="data-stage"),
        ],
        options.n,
    )
    limit = found["limit"]
    return [_ratio(promises.PIPELINE, found["product"], limit, options), _ratio(promises.FULL_PIPELINE, found["full"], limit, options)]


def measure_growth(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """The company list on the smallest and on the largest database."""
    if len(pairs) < 2:
        return []
    targets = [Target(name=str(n), site=pairs[n].product, paths=["/companies/"], marker='name="ids"') for n in (0, -1)]
    found = measure(targets, options.n)
    small, large = found["0"], found["-1"]
    names = " / ".join(f"{pairs[n].data.size.companies:,}" for n in (-1, 0))
    of = f"{large.p50:.1f} / {small.p50:.1f} ms at {names}"
    return [Outcome(promise=promises.GROWTH, value=large.p50 / small.p50, database=options.database, of=of)]


def measure_text(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """A search that one company answers, beside the plain list."""
    site, word = pairs[-1].product, f"{rows.RECORD:07d}"
    plain = Target(name="plain", site=site, paths=["/companies/"], marker='name="ids"')
    rare = Target(name="rare", site=site, paths=[f"/companies/?q={word}"], marker=word)
    found = measure([plain, rare], options.n)
    return [_ratio(promises.TEXT, found["rare"], found["plain"], options)]


def measure_pdf(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """PDFs of invoices that have none yet: a kept one would be no work."""
    pair = pairs[-1]
    ids = range(1, rows.CHILDREN + 1)
    targets = [
        Target(name="limit", site=pair.limit, paths=[f"/invoice/{n}.pdf" for n in ids], marker="%PDF"),
        Target(name="product", site=pair.product, paths=[f"/invoices/{n}/pdf" for n in ids], marker="%PDF"),
    ]
    found = measure(targets, min(options.n, rows.CHILDREN - 5))
    return [_ratio(promises.PDF, found["product"], found["limit"], options)]


def measure_export(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """CSV of all companies in sight."""
    pair = pairs[-1]
    limit = transfers.export_rate(pair.limit, "/export.csv")
    return [_rates(promises.EXPORT, transfers.export_rate(pair.product, "/companies/export.csv"), limit, options)]


def measure_import(pairs: Sequence[Pair], options: Options) -> list[Outcome]:
    """A file of companies. Last of all, for it leaves more rows."""
    pair = pairs[-1]
    limit = transfers.import_rate_of_limit(pair.limit)
    return [_rates(promises.IMPORT, transfers.import_rate_of_product(pair.product, pair.data), limit, options)]


def _rates(promise: Promise, ours: float, least: float, options: Options) -> Outcome:
    return Outcome(promise=promise, value=ours / least, database=options.database, of=f"{ours:,.0f} / {least:,.0f} rows/s")


MEASURES: dict[str, Callable[[Sequence[Pair], Options], list[Outcome]]] = {
    "list": measure_list, "sights": measure_sights, "statistics": measure_statistics, "record": measure_record,
    "pipeline": measure_pipeline, "growth": measure_growth, "text": measure_text,
    "pdf": measure_pdf, "export": measure_export, "import": measure_import,
}  # fmt: skip


def statement_outcomes(made: Data, database: str) -> list[Outcome]:
    """Statements of the three pages, and that more rows need no more of them."""
    found = count_statements(made)
    out = []
    for name, promise in (
        ("list", promises.LIST_STATEMENTS), ("record", promises.RECORD_STATEMENTS), ("pipeline", promises.PIPELINE_STATEMENTS),
    ):  # fmt: skip
        out.append(Outcome(promise=promise, value=found[name].many, database=database))
    more = {name: one.many - one.few for name, one in found.items()}
    words = ", ".join(f"{name} {one.few} → {one.many}" for name, one in found.items())
    return [*out, Outcome(promise=promises.MORE_STATEMENTS, value=max(map(abs, more.values())), database=database, of=words)]


def number_outcomes(options: Options) -> list[Outcome]:
    """Many writers who take invoice numbers at once (numbering.py)."""
    out = []
    with numbering.databases(["sqlite", "postgresql"] if options.database == "sqlite" else ["postgresql"]) as found:
        for url, folder in found:
            result = numbering.race(url, folder, each=10 if options.quick else 50)
            of = f"{result.given} given, {result.per_second:g} per second, p99 {result.p99_ms:g} ms"
            out.append(Outcome(promise=promises.NUMBERS, value=result.faults(), database=result.database, of=of))
    return out


def options_of(arguments: Sequence[str] | None = None) -> Options:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=lambda text: [int(n) for n in text.split(",")], help="numbers of companies (10000,100000)")
    parser.add_argument("--n", type=int, help="samples of each page (40)")
    parser.add_argument("--only", type=lambda text: text.split(","), default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--quick", action="store_true", help="10000 companies, 10 samples")
    given = parser.parse_args(arguments)
    if unknown := set(given.only) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose among {', '.join(PARTS)}")
    sizes = given.rows or ([10_000] if given.quick else [10_000, 100_000])
    if min(sizes) < 1000:
        parser.error("--rows: 1000 at least, for one of the companies is measured by name")
    return Options(sizes=sizes, n=given.n or (10 if given.quick else 40), parts=given.only, database=given.database, quick=given.quick)


def main() -> int:
    """Measure, print, and give the exit code."""
    outcomes = run(options_of())
    print(promises.table(outcomes))
    return 1 if promises.missed(outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
