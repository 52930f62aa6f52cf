"""What the library costs a Python program: calls with Python's frames on the stack, the start, a server's throughput."""
import os
import socket
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"


def calls(pairs, nanoseconds, build, store, count):
    """Ratio, nanoseconds without, with."""
    rows = pairs(nanoseconds, [PYTHON, os.path.join(HERE, "work.py")], build, store, count)
    return (statistics.median(b / a for a, b in rows), statistics.median(r[0] for r in rows),
            statistics.median(r[1] for r in rows))


def start(pairs, wall, build, store, count):
    """Milliseconds that the start takes longer."""
    rows = pairs(wall, [PYTHON, "-c", "pass"], build, store, count * 10)
    return statistics.median(b - a for a, b in rows) / 1e6


def requests(port, count):
    begin = time.perf_counter_ns()
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET /file HTTP/1.0\r\n\r\n")
            while connection.recv(65536):
                pass
    return (time.perf_counter_ns() - begin) / count


def throughput(environment, build, store, count):
    """Requests a time with the library, as a part of those without: both servers run, and are asked in turn."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        with open(os.path.join(folder, "file"), "wb") as file:
            file.write(b"x" * 4096)
        servers = [subprocess.Popen([PYTHON, os.path.join(HERE, "serve.py")], env=environment(which, store), cwd=folder,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
                   for which in (None, build)]
        try:
            ports = [int(server.stdout.readline()) for server in servers]
            for port in ports:
                requests(port, 200)
            rows = []
            for i in range(count * 2):
                order = (0, 1) if i % 2 else (1, 0)
                took = {which: requests(ports[which], 100) for which in order}
                rows.append((took[0], took[1]))
        finally:
            for server in servers:
                server.kill()
                server.wait()
                server.stdout.close()
    return (statistics.median(a / b for a, b in rows), statistics.median(r[0] for r in rows),
            statistics.median(r[1] for r in rows))
