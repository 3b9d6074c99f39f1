"""The demo's part of companies; see make()."""


def make(actor):
    return []
