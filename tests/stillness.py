"""Whether the machine stood still: a host may take it away for seconds, and what is timed then tells nothing."""
import threading
import time

LONG = 1.0  # no load of the tests' own makes a thread wait so long


class Stillness:
    """A thread that wants to run every twentieth of a second, and notes when it did not for long."""

    def __init__(self):
        self._breaks = []
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self):
        before = time.monotonic()
        while True:
            time.sleep(0.05)
            now = time.monotonic()
            if now - before > LONG:
                self._breaks.append((now, now - before))
            before = now

    def since(self, begun):
        """The longest break that ended after then, in seconds."""
        time.sleep(0.1)  # that it is noted
        return max((length for ended, length in self._breaks if ended > begun), default=0)


def retold(attempt, failed, stillness, name):
    """What attempt() returns; once more, up to twice, where it failed while the machine stood still."""
    for _ in range(2):
        begun = time.monotonic()
        result = attempt()
        if not failed(result) or not (length := stillness.since(begun)):
            return result
        print(f"again {name}: the machine stood still for {length:.1f} s", flush=True)
    return attempt()
