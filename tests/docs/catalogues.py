"""The texts of the product in each of its languages, from the catalogues that the pages themselves are translated with."""

from functools import cache
from importlib import import_module
from pathlib import Path

from babel.messages.pofile import read_po

from core import RecordType

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "es")


@cache
def catalogue(language: str) -> dict[str, str]:
    """English text → the text in `language`; plural forms by their singular. Where two translate the same, core's counts, as on pages."""
    found: dict[str, str] = {}
    for path in [ROOT / "core/translations", *sorted(ROOT.glob("plugins/*/translations"))]:
        with (path / "es/LC_MESSAGES/messages.po").open("rb") as source:
            for message in read_po(source, locale="es"):
                if message.id:
                    one = isinstance(message.id, str)
                    text, translated = (message.id, message.string) if one else (message.id[0], message.string[0])
                    found.setdefault(text, text if language == "en" else translated)
    return found


def translated(text: str, language: str) -> str:
    """A text of the product as its pages have it in `language`. Raises KeyError for what is none."""
    return catalogue(language)[text].replace("%%", "%")


@cache
def nouns(language: str) -> frozenset[str]:
    """What one record of each bundled type is called."""
    modules = [import_module(f"plugins.{path.parent.name}.records") for path in ROOT.glob("plugins/*/records.py")]
    return frozenset(translated(str(rt.label), language) for module in modules for rt in vars(module).values() if isinstance(rt, RecordType))
