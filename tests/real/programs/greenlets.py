# Stacks that are switched: greenlets, in the first thread and in another, with resources taken on each side of a switch.
# What has to be found in a line stands behind `# leak:`.
import os
import threading

import greenlet

KEPT = []


def down(n):
    return deepest() if n == 0 else down(n - 1)


def deepest():
    KEPT.append(os.open("/etc/passwd", os.O_RDONLY))  # leak: 2


def other():
    down(3)
    back.main.switch()
    KEPT.append(open("/etc/group"))  # leak: 2


def back():
    back.main = greenlet.getcurrent()
    one = greenlet.greenlet(other)
    one.switch()
    KEPT.append(os.open("/etc/hosts", os.O_RDONLY))  # leak: 2
    one.switch()


back()
thread = threading.Thread(target=back)
thread.start()
thread.join()
kept, KEPT = KEPT, []
for _ in range(200):  # stacks that come and go
    back.main = greenlet.getcurrent()
    many = [greenlet.greenlet(other) for _ in range(5)]
    for one in many + many:
        one.switch()
    while KEPT:
        one = KEPT.pop()
        os.close(one) if isinstance(one, int) else one.close()
os._exit(0)
