"""The helpdesk's own hooks. Whoever implements them with `@hookimpl(optionalhook=True)` need not depend on the helpdesk."""

from core import hookspec


@hookspec
def ticket_closing(ticket):
    """A ticket is about to be closed, inside the transaction. Raise `Conflict` to refuse. Since 1.0."""
