"""Runs a server for as long as the test run lives: `python keeper.py --owner PID [--remove FOLDER] [--user UID] … COMMAND`.

A killed test run can't clean up. So each server has a keeper that waits for the end of the run (or of the server), then stops the
server and removes its data. Only the standard library: it starts in a few milliseconds.
"""

import argparse
import os
import select
import shutil
import signal
import subprocess
import sys
import time


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--owner", type=int, required=True)
    parser.add_argument("--remove")
    parser.add_argument("--user", type=int)
    parser.add_argument("--signal", type=int, default=signal.SIGTERM)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    who = {} if args.user is None else {"user": args.user, "group": args.user, "extra_groups": []}
    child = subprocess.Popen(args.command, cwd="/", stdin=subprocess.DEVNULL, **who)
    try:
        _wait(args.owner, child)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _stop(child, args.signal)
        if args.remove:
            shutil.rmtree(args.remove, ignore_errors=True)
    return child.returncode


def _wait(owner: int, child: "subprocess.Popen[bytes]") -> None:
    if hasattr(os, "pidfd_open"):
        try:
            select.select([os.pidfd_open(owner), os.pidfd_open(child.pid)], [], [])
        except ProcessLookupError:  # one of them is gone already
            return
    else:  # macOS
        while child.poll() is None and _lives(owner):
            time.sleep(0.5)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _stop(child: "subprocess.Popen[bytes]", number: int) -> None:
    if child.poll() is None:
        child.send_signal(number)
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


if __name__ == "__main__":
    sys.exit(main())
