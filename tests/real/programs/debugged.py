# Takes a descriptor a line that it is told, in known functions, from a thread of its own, and keeps it.
import os
import socket
import sys
import threading

KEPT = []
listener = socket.create_server(("127.0.0.1", 0))


def opens():
    KEPT.append(os.open("/etc/passwd", os.O_RDONLY))


def accepts():
    client = socket.create_connection(listener.getsockname())
    KEPT.append(listener.accept())
    client.close()


def run(what):
    try:
        globals()[what]()
    except BaseException as error:
        print(repr(error))


os.write(1, b"ready\n")
for line in sys.stdin:
    thread = threading.Thread(target=run, args=(line.strip(),))
    thread.start()
    thread.join()
    os.write(1, b"done\n")
os._exit(0)
