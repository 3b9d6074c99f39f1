"""What is out of sight, and for whom: sections, plugins and menu entries, for all or for a group.

Hiding changes no rights (a profile gives those): what is hidden answers 404 to those from whom it is hidden. Superadmins see everything.
"""

from .models import Visibility
from .services import (
    CRM,
    Place,
    cell_of,
    hidden_subjects,
    hide_crm_by_default,
    is_crm_hidden_by_default,
    is_hidden,
    is_shown,
    next_state,
    places,
    set_visibility,
    settings_by_cell,
)

__all__ = [
    "CRM", "Place", "Visibility", "cell_of", "hidden_subjects", "hide_crm_by_default", "is_crm_hidden_by_default", "is_hidden", "is_shown",
    "next_state", "places", "set_visibility", "settings_by_cell",
]  # fmt: skip
