"""Build hook: a wheel or sdist holds the front-end assets and the fonts for PDFs, which Git does not."""

import runpy
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":  # a development tree gets them from `make run`
            runpy.run_path(f"{self.root}/assets/build.py")["build"]()
