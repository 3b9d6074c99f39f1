"""The hooks of contracts. Whoever implements them with `@hookimpl(optionalhook=True)` need not depend on contracts."""

from core import hookspec


@hookspec
def billing_currency() -> str | None:
    """The currency, ISO 4217, in which this installation bills: new contracts begin with it. Since 1.0.

    ::

        @hookimpl(optionalhook=True)
        def billing_currency():
            return "EUR"
    """
