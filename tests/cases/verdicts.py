# The library judges by itself, at the end, whether anybody should hear of what is left: the report has to agree.
import os
import struct

FLAGS, END = 300, 328  # in ledger::Header
SEALED, FOUND = 4, 16  # HeaderFlag
EXIT = 1               # EndHow


def disagreements(folder, report):
    """Lines about processes that the library and the tool judge differently."""
    told = {p for f in report["findings"] if f["severity"] in ("error", "warning") for p in f["processes"]}
    wrong = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".ledger"):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            header = file.read(4096)
        pid, _, image = struct.unpack_from("iiI", header, 184)
        (flags,) = struct.unpack_from("I", header, FLAGS)
        if header[END] != EXIT or flags & SEALED:
            continue
        process = f"{pid}.{image}"
        if bool(flags & FOUND) != (process in told):
            wrong.append(f"the library found {'something' if flags & FOUND else 'nothing'} to tell of {process}, the "
                         f"report {'something' if process in told else 'nothing'}")
    return wrong
