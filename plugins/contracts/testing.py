"""The types of contract of the world of tests; contracts of the second have a field of their own."""

from core.testing import Part

WORLD = (
    Part(
        "contracts.type",
        name="contract_types",
        rows=[{"name": "Support"}, {"name": "Licences"}],
    ),
    Part("contracts.contract", name="contracts", rows=(), custom_fields=[(2, {"label": "Licence type", "kind": "text"})]),
)
