"""The hooks of invoices. Whoever implements them with `@hookimpl(optionalhook=True)` need not depend on invoices."""

from core import hookspec

from .models import Invoice


@hookspec
def invoice_issuing(invoice: Invoice) -> None:
    """An invoice is being issued, inside the transaction; it has its number. Raise `Invalid` with field messages to refuse. Since 1.0.

    ::

        @hookimpl(optionalhook=True)
        def invoice_issuing(invoice):
            require_order_number(invoice)
    """


@hookspec
def invoice_issued(invoice: Invoice) -> None:
    """An invoice was issued; after the commit. A failure is logged and breaks nothing. Since 1.0.

    ::

        @hookimpl(optionalhook=True)
        def invoice_issued(invoice):
            send_to_bookkeeping(invoice)
    """
