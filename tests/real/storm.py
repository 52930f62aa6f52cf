# What the storms of children share: see programs/forks.c.
import os

from real import *


def storm(way, rounds, processes):
    """Many children by one way, from a program with busy threads: it ends as it would, and nothing is found.

    processes: how many of the first 20 children leave records where all are kept, at least."""
    rounds = int(os.environ.get("ROUNDS", rounds))
    done = run([program("forks.c"), way, str(rounds)], watched(), timeout=60 + rounds // 20)
    check(done.returncode == 0 and done.stdout == "done\n" and not done.stderr,
          f"status {done.returncode}, {done.stdout!r}\n{done.stderr}")
    for folder in runs():
        check(False, f"found, where nothing is left: {left(report(folder))}")
    done = run([program("forks.c"), way, "20"], watched("keep=always"))
    check(done.returncode == 0 and not done.stderr and len(runs()) == 1, f"{len(runs())} runs\n{done.stderr}")
    told = report(runs()[0])
    check(all(c == "inherited" for c, _, _ in left(told)), left(told))
    check(len(told["processes"]) > processes, f"{len(told['processes'])} processes in the report")
    lost = [p["lost"] for p in told["processes"] if p["lost"]]
    check(not lost, f"lost: {lost[:3]}")
