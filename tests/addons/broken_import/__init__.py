"""A plugin whose first line can't be run on this machine."""

import a_module_that_does_not_exist_anywhere  # noqa: F401
