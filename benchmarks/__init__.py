"""How fast Cartera is, against the least that its tools need: `python -m benchmarks` (`make bench`).

Times are never compared with times of another day, only with those of `limit.py` in the same run: that little app shows the same rows
by Flask, Jinja and SQLAlchemy Core alone, so what is measured is what Cartera adds. The promises stand in promises.py.
"""
