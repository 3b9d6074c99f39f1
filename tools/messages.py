"""`make messages`: bring translations/<language>/LC_MESSAGES/messages.po of core and each plugin up to date.

    python -m tools.messages [core | plugin …]

Read are Python files, templates and the texts of manifest.toml. New texts are added untranslated, those that no source
holds any more are dropped; a file is written only when something changed. No .mo files: the application reads .po.
"""

import io
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("es",)
# The mapping of pybabel's babel.cfg, as it would stand there.
METHODS = [
    ("**/static/**", "ignore"),
    ("**/migrations/**", "ignore"),
    ("**/tests/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**", "jinja2"),
    ("manifest.toml", "tools.messages:extract_manifest"),
]
OPTIONS = {"**/templates/**": {"silent": "false", "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols"}}
KEYWORDS: dict[str, Any] = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}
MANIFEST_TEXTS = ("title", "summary", "category")


def extract_manifest(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """What a plugin list shows of a plugin that is off and whose code is not run."""
    data = fileobj.read().decode()
    manifest = tomllib.loads(data)
    lines = data.splitlines()
    for key in MANIFEST_TEXTS:
        if manifest.get(key):
            number = next((i for i, line in enumerate(lines, 1) if line.split("=")[0].strip() == key), 1)
            yield number, "gettext", manifest[key], []


def template(folder: Path) -> Catalog:
    """All texts of one package."""
    catalog = Catalog(project="Cartera", charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(folder, METHODS, OPTIONS, KEYWORDS, ("i18n:",), strip_comment_tags=True):
        catalog.add(message, None, [(f"{folder.relative_to(ROOT).as_posix()}/{name}", line)], auto_comments=comments, context=context)
    return catalog


def update(folder: Path, language: str) -> str | None:
    """Merge the sources' texts into one language's file; a line that tells what changed, or None."""
    path = folder / "translations" / language / "LC_MESSAGES/messages.po"
    new = template(folder)
    if not path.exists() and not len(new):
        return None
    old = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language, charset="utf-8")
    before = path.read_bytes() if path.exists() else b""
    old.project = "Cartera"
    # A guess at a similar text's translation looks finished and is wrong: none.
    old.update(new, no_fuzzy_matching=True, update_creation_date=False)
    out = io.BytesIO()
    # No line numbers and no dates: the file changes only when a text does.
    write_po(out, old, width=110, omit_header=True, include_lineno=False, ignore_obsolete=True, sort_by_file=True)
    plurals = f'"Language: {language}\\n"\n"Plural-Forms: {old.plural_forms}\\n"\n'
    data = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n' + plurals.encode() + b"\n" + out.getvalue()
    if data == before:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    empty = sum(1 for message in old if message.id and not (message.string and all(message.string)))
    return f"{path.relative_to(ROOT)}: {len(old)} texts, {empty} to translate"


def main(arguments: list[str]) -> int:
    folders = [ROOT / "core", *sorted(p.parent for p in (ROOT / "plugins").glob("*/manifest.toml"))]
    for folder in folders:
        if folder.is_dir() and (not arguments or folder.name in arguments):
            languages = {*LANGUAGES, *(p.parents[1].name for p in folder.glob("translations/*/LC_MESSAGES/messages.po"))}
            for language in sorted(languages):
                if told := update(folder, language):
                    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
