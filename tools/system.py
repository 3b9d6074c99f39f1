"""Parts that no Python package brings: the libraries WeasyPrint loads, the browser and PDF tools of the tests.

    python tools/system.py run     never fails: without Pango all works but PDFs
    python tools/system.py test    fails with the one line to type when something is missing

On a Debian-like machine as root the missing packages are installed, quietly; anywhere else the line is printed.
Runs before the virtual environment exists, so it imports the standard library only.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing the machine must have: a Debian package, and how to see that it is there whoever installed it."""

    package: str
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def present(self) -> bool:
        if self.programs:
            return any(shutil.which(name) for name in self.programs)
        return any(_loads(name) for name in self.libraries)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


LIGHT = "chromium-headless-shell"
"""Chromium without windows, by the name of its package and program: it draws the same and takes half the time. Not every system has it."""
RUN = (
    Part(package="libpango-1.0-0", libraries=("libpango-1.0.so.0", "libpango-1.0.dylib")),
    Part(package="libpangoft2-1.0-0", libraries=("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib")),
    Part(package="libharfbuzz-subset0", libraries=("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")),
    Part(package="fontconfig", libraries=("libfontconfig.so.1", "libfontconfig.dylib")),
)
TEST = (
    *RUN,
    Part(package="chromium", programs=(LIGHT, "chromium", "chromium-browser", "google-chrome")),
    Part(package="poppler-utils", programs=("pdftotext",)),
)
APT = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")


def missing(parts: tuple[Part, ...]) -> list[str]:
    """Names of the Debian packages whose content this machine lacks."""
    return [part.package for part in parts if not part.present()]


def _apt(*arguments: str) -> bool:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(arguments, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def install(packages: list[str]) -> None:
    """Install Debian packages without a question and without output; what failed shows when asked again."""
    print(f"Installing {', '.join(packages)} …", flush=True)
    if not _apt(*APT, *packages):  # the package lists may be old or absent
        _apt("apt-get", "update", "-qq")
        _apt(*APT, *packages)


def prefer(package: str) -> None:
    """Install a Debian package if this machine's lists know it: better to have, and nothing fails without."""
    if _apt("apt-cache", "show", package):
        print(f"Installing {package} …", flush=True)
        _apt(*APT, package)


def main(purpose: str) -> int:
    if purpose == "test" and os.environ.get("CARTERA_CHROMIUM"):
        parts = tuple(part for part in TEST if part.package != "chromium")
    else:
        parts = TEST if purpose == "test" else RUN
    can_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if can_install and purpose == "test" and not (shutil.which(LIGHT) or os.environ.get("CARTERA_CHROMIUM")):
        prefer(LIGHT)
    lacking = missing(parts)
    if lacking and can_install:
        install(lacking)
        lacking = missing(parts)
    if not lacking:
        return 0
    line = f"sudo apt-get install {' '.join(lacking)}" if shutil.which("apt-get") else f"what Debian calls {' '.join(lacking)}"
    if purpose == "test":
        print(f"The tests need: {line}", file=sys.stderr)
        return 1
    print(f"PDFs need: {line}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
