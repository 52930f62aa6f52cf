// Making a process's ledger: the file, who the process is, and what it was given by its parent or by the image before.
#pragma once

namespace lifeguard {

// Runs beside the program, once for each process (Process::stage sees to that). taken: descriptors that the program has
// just been given, which are therefore not inherited.
bool establish(int taken_first, int taken_second);

}  // namespace lifeguard
