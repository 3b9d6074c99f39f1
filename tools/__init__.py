"""Helpers of `make`: what the machine needs, what `make lint` checks. Nothing here is installed with Cartera."""
