"""What every plugin must do, done by the bundled ones and by the one of somebody else."""

from pathlib import Path

from core.testing.contracts import PluginContract

HELPDESK = Path(__file__).parents[1] / "addons" / "helpdesk"


class TestCompanies(PluginContract):
    plugin = "companies"


class TestContacts(PluginContract):
    plugin = "contacts"


class TestContracts(PluginContract):
    plugin = "contracts"


class TestInvoices(PluginContract):
    plugin = "invoices"


class TestLeads(PluginContract):
    plugin = "leads"


class TestHelpdesk(PluginContract):
    plugin, addons = "helpdesk", (HELPDESK,)
