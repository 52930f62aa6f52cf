# What `make bench` times of Python: open and close, 12 frames deep. Prints nanoseconds for one, the median of batches.
import os
import statistics
import time

BATCH, BATCHES = 2000, 11


def work():
    for _ in range(BATCH):
        os.close(os.open("/dev/null", os.O_RDONLY))


def deep(frames):
    if frames:
        return deep(frames - 1)
    begin = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - begin) / BATCH


print(statistics.median(deep(9) for _ in range(BATCHES)))
