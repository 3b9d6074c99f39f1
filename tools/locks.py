"""The lock files: what `make lock` writes, and what must never get into them.

A lock holds names, versions and hashes. It holds no address: what a developer's machine has configured (a mirror, a
folder of wheels) must neither bind other machines nor be published.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
NPM_LOCK = ROOT / "assets/package-lock.json"
COMPILE = (
    "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header",
    "--no-emit-index-url", "--no-emit-find-links",
)  # fmt: skip
# lock → what it is made of. run.txt comes first: dev.txt may only add to it.
LOCKS = {
    "run.txt": ("pyproject.toml",),
    "dev.txt": ("pyproject.toml", "--group", "test", "--group", "lint", "-c", "requirements/run.txt"),
    "tools.txt": ("requirements/tools.in",),
    "node.txt": ("requirements/node.in",),
    "fonts.txt": ("requirements/fonts.in",),
}


def write(options: list[str]) -> None:
    """Resolve the dependencies; what is locked stays as it is unless `options` hold --upgrade. Needs the network and Node."""
    REQUIREMENTS.mkdir(exist_ok=True)
    uv = Path(sys.executable).with_name("uv")
    for name, source in LOCKS.items():
        subprocess.run([uv, *COMPILE, *options, *source, "-o", f"requirements/{name}"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["npm", "install", "--package-lock-only", "--silent"], cwd=NPM_LOCK.parent, check=True)
    lock = json.loads(NPM_LOCK.read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)  # addresses nobody installs from
    NPM_LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


def problems() -> list[str]:
    """Every line of a lock that names an address, and every npm package without a hash."""
    found = []
    for path in [*sorted(REQUIREMENTS.glob("*.txt")), NPM_LOCK]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if "://" in line:
                found.append(f"{path.relative_to(ROOT)}:{number}: an address in a lock file: {line.strip()}")
    for name, package in json.loads(NPM_LOCK.read_text())["packages"].items():
        if name and "integrity" not in package:
            found.append(f"{NPM_LOCK.relative_to(ROOT)}: {name} has no integrity hash")
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        write(sys.argv[2:])
    errors = problems()
    print("\n".join(errors), end="\n" if errors else "")
    sys.exit(1 if errors else 0)
