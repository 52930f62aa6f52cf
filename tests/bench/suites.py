# What watching the whole of a test suite costs: `lifeguard check -- SUITE` beside SUITE alone, in turn.
import os
import statistics
import subprocess
import tempfile
import time

PYTHON = "/usr/bin/python3.11"
BOUND = 1.10


def suites(build):
    # name, command, one pair in so many
    yield "unit tests", [os.path.join(build, "unit-tests")], 1
    for name, one_in in (("test_os", 2), ("test_io", 5)):
        if os.path.exists(f"/usr/lib/python3.11/test/{name}.py"):
            yield f"CPython's {name}", [PYTHON, "-m", "test", name], one_in
        else:
            print(f"CPython's {name:18} needs libpython3.11-testsuite")


def seconds(command, env, folder):
    begin = time.perf_counter()
    done = subprocess.run(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - begin


def measure(build, count):
    """How many are above the bound."""
    over = 0
    for name, command, one_in in suites(build):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            env = {k: v for k, v in os.environ.items() if not k.startswith(("LIFEGUARD", "LD_"))}
            env["XDG_STATE_HOME"] = os.path.join(folder, "state")
            watched = [os.path.join(build, "lifeguard"), "check", "--", *command]
            seconds(command, env, folder)
            rows = []
            for i in range(max(3, count // one_in)):
                order = (command, watched) if i % 2 else (watched, command)
                took = {one[0]: seconds(one, env, folder) for one in order}
                rows.append((took[command[0]], took[watched[0]]))
        ratio = statistics.median(b / a for a, b in rows)
        a, b = statistics.median(r[0] for r in rows), statistics.median(r[1] for r in rows)
        over += ratio > BOUND
        print(f"{name + ', checked':28}{ratio:8.3f}{BOUND:8.2f}{a:10.2f} s{b:10.2f} s{'   OVER' if ratio > BOUND else ''}", flush=True)
    return over
