# What the tests with servers share.
import socket
import time

from real import *


def until(true, what, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, words):
    """What comes back on a connection of its own; nothing where there is no server yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(words)
            return connection.recv(4096)
    except OSError:
        return b""


def severe(known=(), store=STORE):
    """What is found beyond notes, over all runs of the store, besides what is known: (class, kind, function on its
    stack), things that the program does leave."""
    return [(f["severity"], f["class"], f["kind"], functions(f)[:4], [r.get("detail") for r in f["resources"]][:3])
            for folder in runs(store) for f in report(folder)["findings"] if f["severity"] != "note" and
            not any((f["class"], f["kind"]) == k[:2] and k[2] in functions(f) for k in known)]
