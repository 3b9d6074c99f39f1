"""`cartera plugin new`: a working plugin from the files beside this one, which its own test proves. Files hold $names to fill in."""

import re
from pathlib import Path
from string import Template

from ..manifest import BadManifest, make_manifest

FILES = Path(__file__).parent / "files"


def create(name: str, folder: Path) -> list[Path]:
    """Write the plugin `name` into `folder`/`name`; gives the files. Raises ValueError with what to do instead."""
    try:
        make_manifest({"name": name, "title": name, "version": "1.0.0", "core": ">=1.0,<2"}, "the new plugin")
    except BadManifest as e:
        raise ValueError(str(e)) from e
    target = folder / name
    if target.exists() and any(target.iterdir()):
        raise ValueError(f"{target} is there already: choose another name or folder")
    values = names(name)
    written = []
    for source in sorted(p for p in FILES.rglob("*.tmpl")):
        path = target / Template(str(source.relative_to(FILES)).removesuffix(".tmpl")).substitute(values)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(source.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
        written.append(path)
    return written


def names(name: str) -> dict[str, str]:
    """The names that the files are filled with: of the plugin `site_visits`, thing site_visit, class SiteVisit, labels Site visits."""
    thing = name[:-1] if re.fullmatch(r".{2,}[^su]s", name) else name
    thing = re.sub(r"ie$", "y", thing)
    many = name if thing != name else f"{name} records"
    return {
        "name": name,
        "thing": thing,
        "Class": "".join(part.capitalize() for part in thing.split("_")),
        "CONSTANT": thing.upper(),
        "label": thing.replace("_", " ").capitalize(),
        "labels": many.replace("_", " ").capitalize(),
    }
