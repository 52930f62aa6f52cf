# What the tests here share: programs built once, runs with and without the library, reports, and the few fields of a
# ledger that a test must read by itself, because the tool is what is being tested.
import fcntl
import hashlib
import json
import os
import re
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../cases"))
import schema  # the checker of reports that the cases use
SCRATCH = os.environ["SCRATCH"]
BUILD = os.environ["BUILD"]
LIBRARY = os.environ["LIFEGUARD_LIBRARY"]
TOOL = os.environ["LIFEGUARD_TOOL"]
STORE = os.path.join(SCRATCH, "store")


def skip(why):
    print(why)
    sys.exit(77)


def check(true, why):
    if not true:
        print(why)
        sys.exit(1)


def program(name, *flags):
    """programs/NAME, built under the build folder unless it is there already from the same source."""
    source = os.path.join(HERE, "programs", name)
    with open(source, "rb") as file:
        digest = hashlib.sha256(file.read() + repr(flags).encode()).hexdigest()[:12]
    folder = os.path.join(BUILD, "real")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, os.path.splitext(name)[0] + "-" + digest)
    with open(path + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            compiler = "g++" if name.endswith(".cc") else "gcc"
            done = subprocess.run([compiler, "-g", "-O1", "-D_GNU_SOURCE", "-Wall", "-Wextra", source, "-o",
                                   path + ".new", "-pthread", "-ldl", *flags], capture_output=True, text=True)
            check(done.returncode == 0, done.stderr)
            os.rename(path + ".new", path)
    return path


def api_flags():
    """To compile with lifeguard.h and the listeners; anew when they change."""
    folder = os.path.join(HERE, "../../src/api")
    digest = hashlib.sha256()
    for name in ("lifeguard.h", "lifeguard/rounds.hpp", "lifeguard/catch2.hpp", "lifeguard/gtest.hpp"):
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read())
    return ["-I", folder, "-DAPI=0x" + digest.hexdigest()[:8]]


def plain():
    """The environment without the library."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("LIFEGUARD", "LD_"))}


def watched(options="", store=STORE):
    """The environment with it. Settings go before the defaults here: the store is a private one."""
    env = plain()
    env["LD_PRELOAD"] = LIBRARY
    env["LIFEGUARD_OPTIONS"] = f"store={store}" + (":" + options if options else "")
    return env


def run(command, env, **more):
    more.setdefault("timeout", 60)
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          **more)


def runs(store=STORE):
    if not os.path.isdir(store):
        return []
    return sorted(os.path.join(store, d) for d in os.listdir(store) if os.path.isdir(os.path.join(store, d)))


def ledgers(store=STORE):
    """Every file of the store that begins as a ledger does."""
    found = []
    for folder, _, files in os.walk(store):
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                if file.read(8) == b"LIFEGRD\n":
                    found.append(path)
    return sorted(found)


def report(*what):
    done = subprocess.run([TOOL, "report", *what, "--format", "json"], capture_output=True, text=True, timeout=60)
    check(done.returncode == 0, f"lifeguard report {what}: status {done.returncode}\n{done.stderr}")
    told = json.loads(done.stdout)
    with open(os.path.join(HERE, "../../src/render/report.schema.json")) as file:
        wrong = schema.wrong_with(told, json.load(file))
    check(not wrong, "\n".join(wrong))
    return told


def functions(finding):
    return [f.get("function", "?") for f in finding["site"]["frames"]] or ["-"]


def split_stderr(text):
    """What the library says of its own troubles, and the program's lines. A summary of what was left is neither."""
    own, rest, ours = [], [], False
    for line in text.splitlines():
        if ours and line.startswith("  "):
            continue
        ours = line.startswith("lifeguard: ")
        if not ours:
            rest.append(line)
        elif "could not" in line:
            own.append(line)
    return own, rest


REGION_SLOTS = 6
HEADER_NEAR = 584
STATES = {0: "empty", 1: "opening", 2: "live", 3: "closing", 4: "closed", 5: "inherited", 6: "unseen"}


def slot_states(path):
    """Number -> state, from a ledger's bytes (src/ledger/layout.h)."""
    states = {}
    with open(path, "rb") as file:
        head = file.read(4096)
        offset, entry, capacity = struct.unpack_from("<QII", head, 24 + 16 * REGION_SLOTS)
        near, first = struct.unpack_from("<II", head, HEADER_NEAR + 8 * REGION_SLOTS)
        file.seek(near)
        data = file.read(first * entry)
        file.seek(offset + first * entry)
        data += file.read((min(capacity, 4096) - first) * entry)
    for number in range(len(data) // entry):
        state = data[number * entry]
        if state:
            states[number] = STATES.get(state, str(state))
    return states


def unharmed(command, env, lines):
    """The program's output and status are what they are without the library. Returns what that says of its troubles.

    lines: how many lines that has to be (None: any number)."""
    alone = run(command, plain())
    with_it = run(command, env)
    own, rest = split_stderr(with_it.stderr)
    check(with_it.returncode == alone.returncode,
          f"status {alone.returncode} without the library, {with_it.returncode} with it\n{with_it.stderr}")
    check(with_it.stdout == alone.stdout, f"output differs: {alone.stdout!r}, with the library {with_it.stdout!r}")
    check(rest == alone.stderr.splitlines(),
          f"standard error differs: {alone.stderr!r}, with the library {with_it.stderr!r}")
    check(lines is None or len(own) == lines, f"the library was to say {lines} line(s) and said:\n" + with_it.stderr)
    return own


def ready(command, env, **more):
    """Starts a program and returns it once it has said `ready`; the caller ends it."""
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, **more)
    for line in process.stdout:
        if line == "ready\n":
            return process
    process.wait()
    check(False, f"{command} ended with status {process.returncode} before it was ready")


def left(finding_report):
    """(class, kind, innermost function) of what is reported, without what is only a note about others."""
    return sorted((f["class"], f["kind"], functions(f)[0]) for f in finding_report["findings"]
                  if f["class"] != "inherited")


LEAKY = [("open-at-end", "file", "leaves_a_file"), ("open-at-end", "socket", "leaves_a_socket")]
