"""What Cartera promises about its speed, and whether a run keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A figure, the bound of its value, and whether a miss fails the run: it does when the promise is due, otherwise it is an aim."""

    what: str
    bound: float
    sense: Literal["most", "least"] = "most"
    due: bool = True
    unit: str = "×"

    def of(self, **words: str) -> "Promise":
        """The same promise for one of several: `words` fill the gaps in `what`."""
        return replace(self, what=self.what.format(**words))


LIST = Promise(what="company list, 50 rows by name / limit's list of as many cells", bound=2.0)
RECORD = Promise(what="company with 20 contacts, contracts, invoices / limit's record", bound=3.0)
PIPELINE = Promise(what="pipeline, 6 stages × 20 cards / limit's leads", bound=2.5)
FULL_PIPELINE = Promise(what="pipeline as it opens, 5 stages × 50 cards / limit's leads", bound=5.0, due=False)
TAB = Promise(what="tab with 20 contacts / limit's record", bound=3.0, due=False)
GROWTH = Promise(what="company list, largest / smallest database", bound=1.3)
TEXT = Promise(what="company list, a rare word / plain list", bound=1.5, due=False)
SIGHTS = Promise(what="company list, {whose}, {order} / limit's", bound=2.0, due=False)
FILTERS = Promise(what="company list, {whose}, the slowest filter / limit's", bound=2.0, due=False)
STATISTICS = Promise(what="search statistics, {whose} / plain list", bound=5.0, due=False)
RATE = Promise(what="requests/s of 8 clients, company list / limit's", bound=0.5, sense="least", due=False)
EXPORT = Promise(what="CSV of the companies in sight, rows/s / limit's", bound=0.5, sense="least", due=False)
IMPORT = Promise(what="import of 10,000 companies, rows/s / limit's", bound=0.1, sense="least")
PDF = Promise(what="PDF of an invoice, made anew / limit's", bound=2.0)
LIST_STATEMENTS = Promise(what="statements of the company list", bound=8, unit="")
RECORD_STATEMENTS = Promise(what="statements of a company", bound=14, unit="")
PIPELINE_STATEMENTS = Promise(what="statements of the pipeline", bound=14, unit="")
MORE_STATEMENTS = Promise(what="statements that more rows cost", bound=0, unit="")
NUMBERS = Promise(what="16 writers: doubles, gaps, lost and refused invoice numbers", bound=0, unit="")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run found for a promise, and what it was made of."""

    promise: Promise
    value: float
    database: str
    of: str = ""

    @property
    def kept(self) -> bool:
        """Whether the value is within its bound."""
        return self.value <= self.promise.bound if self.promise.sense == "most" else self.value >= self.promise.bound


def table(outcomes: Sequence[Outcome]) -> str:
    """All outcomes as lines of text; what was missed is marked."""
    lines = [("database", "figure", "value", "promise", "", "of")]
    for one in outcomes:
        p = one.promise
        sign = "≤" if p.sense == "most" else "≥"
        verdict = "" if one.kept else "MISSED" if p.due else "aim missed"
        lines.append((one.database, p.what, _number(one.value, p.unit), f"{sign} {_number(p.bound, p.unit)}", verdict, one.of))
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _number(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit else f"{value:g}"


def missed(outcomes: Sequence[Outcome]) -> bool:
    """Whether a due promise was broken."""
    return any(one.promise.due and not one.kept for one in outcomes)
