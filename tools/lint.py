"""`make lint`: all checks, two at a time; every one runs, and one failure fails the whole."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
STRICT = (
    "core/__init__.py", "core/lazy.py", "core/hookspecs.py", "core/addons/declarations.py", "core/addons/cached.py", "core/addons/face.py",
    "core/records/__init__.py", "core/web/__init__.py",
)  # fmt: skip


def steps() -> dict[str, list[str]]:
    """Name → command, the slow ones first."""
    python = sys.executable
    strict = [name for name in STRICT if (ROOT / name).exists()]
    return {
        **({"mypy, strict on the plugin contract": [str(BIN / "mypy"), *strict]} if strict else {}),
        "who imports whom": [python, "-m", "tools.layers"],
        "core does not know the trade": [python, "-m", "tools.thin"],
        "ruff": [str(BIN / "ruff"), "check", "-q", "--output-format", "concise", "."],
        "templates keep the content policy": [python, "-m", "tools.templates_lint"],
        "icons exist": [python, "assets/build.py", "--check"],
        "locks hold no address": [python, "-m", "tools.locks"],
    }


def run(command: list[str]) -> tuple[bool, str, float]:
    start = time.monotonic()
    env = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=env)
    return done.returncode == 0, done.stdout.strip(), time.monotonic() - start


def main() -> int:
    failed = 0
    with ThreadPoolExecutor(2) as pool:
        for name, (good, text, seconds) in zip(steps(), pool.map(run, steps().values()), strict=True):
            print(f"{'ok  ' if good else 'FAIL'} {name} ({seconds:.1f} s)", flush=True)
            if not good:
                failed += 1
                print("\n".join(f"     {line}" for line in text.splitlines()), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
