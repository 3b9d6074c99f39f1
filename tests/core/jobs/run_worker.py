"""`cartera worker` in a hurry, for tests that kill it: `python run_worker.py LEASE_SECONDS`."""

import sys
from datetime import timedelta

from core.cli import app_for
from core.jobs import progress, running, upkeep, worker

lease = float(sys.argv[1])
running.LEASE = upkeep.LEASE = timedelta(seconds=lease)
progress.BEAT = lease / 4
worker.LOOK_EVERY = lease / 4
worker.run_worker(app_for())
