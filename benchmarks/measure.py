"""Measuring: targets in turn, so that all have the same weather; medians, for what is slow once says nothing."""

import re
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle

from .servers import Site

WARM = 5
CLIENTS, SECONDS, ROUNDS = 8, 3, 3


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something to ask for again and again. `paths` are taken in turn; `marker` stands in each answer."""

    name: str
    site: Site
    paths: Sequence[str]
    marker: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What came of a target: median in ms, size of an answer in bytes, requests per second of CLIENTS at once (0: not asked)."""

    p50: float
    size: int
    per_second: float = 0.0


def ask(target: Target, path: str) -> tuple[float, int]:
    """One request: ms and bytes. Raises RuntimeError for an answer that is not the page."""
    begun = time.perf_counter()
    status, _headers, body = target.site.ask(path)
    took = (time.perf_counter() - begun) * 1000
    if status != 200 or target.marker.encode() not in body:
        raise RuntimeError(f"{target.name}: {path} was answered with {status} and {len(body)} bytes, {body[:300]!r}")
    return took, len(body)


def measure(targets: Sequence[Target], n: int, *, throughput: bool = False) -> dict[str, Figure]:
    """Each target `n` times, one request at a time, in turn; then, on wish, how many requests a second it bears."""
    paths: dict[str, Iterator[str]] = {target.name: cycle(target.paths) for target in targets}
    times: dict[str, list[float]] = {target.name: [] for target in targets}
    sizes: dict[str, int] = {}
    for turn in range(-min(WARM, n), n):
        for target in targets:
            took, sizes[target.name] = ask(target, next(paths[target.name]))
            if turn >= 0:
                times[target.name].append(took)
    rates: dict[str, list[float]] = {target.name: [0.0] for target in targets}
    if throughput:
        for turn in range(ROUNDS):
            for target in targets:
                rates[target.name] = [*(rates[target.name] if turn else []), requests_per_second(target)]
    return {
        name: Figure(p50=statistics.median(taken), size=sizes[name], per_second=statistics.median(rates[name]))
        for name, taken in times.items()
    }


def requests_per_second(target: Target) -> float:
    """By wrk where the machine has it, else by threads of our own: these take some of the processors that the server would use."""
    return _by_wrk(target) if shutil.which("wrk") else _by_threads(target)


def _by_wrk(target: Target) -> float:
    headers = [part for name, value in target.site.headers.items() for part in ("-H", f"{name}: {value}")]
    address = f"http://127.0.0.1:{target.site.port}{target.paths[0]}"
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--timeout", "60s", *headers, address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{target.name}: {said}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(found[1]) if found else 0.0


def _by_threads(target: Target) -> float:
    done, end = count(), time.monotonic() + SECONDS
    problems: list[Exception] = []

    def run() -> None:
        try:
            while time.monotonic() < end:
                ask(target, target.paths[0])
                next(done)
        except (RuntimeError, OSError) as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return next(done) / SECONDS
