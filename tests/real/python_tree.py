# What the tests with CPython share.
from real import *

SEVERE = ("error", "warning")


def healthy(source, children, options=""):
    """A program in Python that cleans up: as without the library, nothing found, and its children (at least so many
    leave records) are children of a process of the run. multiprocessing's pipes to its workers are open in the first
    process until its objects are collected, after the end: a shipped rule knows them by the frames that made them."""
    path = os.path.join(SCRATCH, "program.py")
    with open(path, "w") as file:
        file.write(source)
    command = ["/usr/bin/python3", path]
    alone, done = run(command, plain()), run(command, watched("keep=always:report=none" + (":" + options if options else "")))
    check((alone.returncode, alone.stdout, alone.stderr) == (done.returncode, done.stdout, done.stderr),
          f"without: {alone}\nwith: {done}")
    check(alone.returncode == 0, alone.stderr)
    check(len(runs()) == 1, f"{len(runs())} runs in the store, of one program")
    told = report(runs()[0])
    bad = [(f["severity"], f["class"], f["kind"], functions(f)[:3], [r.get("detail") for r in f["resources"]][:3])
           for f in told["findings"] if f["severity"] in SEVERE]
    check(not bad, f"found: {bad}")
    first, rest = told["processes"][0], told["processes"][1:]
    others = {p["pid"] for p in rest if p["pid"] != first["pid"]}
    check(len(others) >= children, f"{len(others)} other processes have records, not {children}")
    pids = {p["pid"] for p in told["processes"]}
    for process in rest:
        check(process["ppid"] in pids, f"{process['id']} is a child of {process['ppid']}, not in the report")
        check(process["end"]["how"] in ("exit", "exec", "signal"), f"{process['id']} ended: {process['end']}")
    return told
