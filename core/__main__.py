"""`python -m core …` is `cartera …`."""

from core.cli import main

main()
