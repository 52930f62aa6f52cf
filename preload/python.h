// CPython's own frames of the calling thread: what its native stack, one long _PyEval_EvalFrameDefault, does not tell.
//
// They are read as plain memory, without running Python code, its lock, or an allocation. What makes that safe is that
// a thread asks for its own: while it is inside a call that they made, nobody pushes, pops or frees them, whoever holds
// the interpreter's lock. Hence the rules: never where a signal has struck in between (frames may be half pushed
// there, unless it struck in a system call), never while the interpreter ends (it frees other threads' states), and
// never before the first stack of each interpreter was held against what the table of its version (python_layout.h)
// says, by reads that cannot fault.
#pragma once

#include <stdint.h>

#include "preload/python_layout.h"
#include "preload/stacks.h"
#include "src/options/slice.h"

struct link_map;

namespace lifeguard::python {

struct Interpreter {
  enum State : uint32_t { unchecked, good, unusable };
  void* (*thread_state)();  // PyGILState_GetThisThreadState: the thread's own, null where it has none
  int (*finalizing)();
  Layout layout;
  State state;
  bool whole_module;    // no code of others is in its module: all of it stands for Python
  uintptr_t code_type;  // type objects, learnt from the first frame
  uintptr_t text_type;
  uintptr_t begin, end;      // its module
  bool readable;             // all of that is: no gaps between its segments
  uintptr_t eval, eval_end;  // _PyEval_EvalFrameDefault
};

inline constexpr uint32_t most_interpreters = 4;
extern Interpreter interpreters[most_interpreters];
extern uint32_t known;

// Whether that is a part of the interpreter itself, as its types and the code that is built into it are: what lies
// there can be read, and stays what it is.
inline bool built_in(const Interpreter& interpreter, uintptr_t at, size_t size) {
  return interpreter.readable && at >= interpreter.begin && at < interpreter.end && size <= interpreter.end - at;
}

inline bool any() { return __builtin_expect(__atomic_load_n(&known, __ATOMIC_ACQUIRE) != 0, 0); }

// A module was met on a stack for the first time: it may be, or hold, an interpreter.
void met(uintptr_t begin, uintptr_t end, const link_map* link, Slice path);
// Modules were unloaded.
void forget_unloaded();

// Names the frames of the calling thread, so that equal native stacks with different ones can be told apart: a hash of
// code objects, instructions and where their lines are kept. 0: it has none, or they may not be looked at.
uint64_t key(unsigned depth);

// The same frames, one by one, for the site that is made of them.
struct Frames {
  const Interpreter* interpreter;  // null: there are none
  uint16_t count;
  bool cut;    // there are more
  bool wrong;  // one did not check out: those from it outwards are left out
  uintptr_t frame[stacks::max_depth];
  uintptr_t code[stacks::max_depth];
  uintptr_t instruction[stacks::max_depth];
  // Frames that one native call of the interpreter runs end with one that has its place on the native stack here, or 1
  // where that is not known; the others have 0.
  uintptr_t mark[stacks::max_depth];
};
void read(unsigned depth, Frames* frames);

// A frame of the ledger's, with its names put there; 0 where they found no place.
uint64_t frame_for(Slice function, Slice file, uint32_t line);

// A site's frames: native ones, as the ledger keeps them, and Python's in their order, as many as depth says.
uint16_t merge(const stacks::Stack& stack, const uint64_t* native, const Frames& frames, unsigned depth, uint64_t* out,
               uint16_t* flags);

// A server of Python's own library runs whatever it is given, often in a thread where nobody else's code is on the
// stack: then the handler it was given tells whose a connection is, and stands on the stack where the server would call
// it. Whether any of the frames may be such a server's.
bool serving(const Frames& frames);
// Tells the handlers of the calling thread's server apart, as key() does its frames. 0: there is none.
uint64_t handler_key(unsigned depth);
// A site's frames once more, with the handler's: out has room for one more than count. 0: there is none.
uint16_t with_handler(const uint64_t* site, uint16_t count, unsigned depth, uint64_t* out);

// If the calling thread is in Thread.start: what the new one is called, cut to its room and ended by a zero.
bool name_of_new_thread(char* room, size_t size);

inline constexpr size_t longest_name = 4096;
// A string object's characters, empty where it is none; no more than longest_name of them.
Slice text_of(const Interpreter& interpreter, uintptr_t object, char* room, size_t size);
// Code object's names and a frame's line. The text is the object's own memory where it is ASCII, else put into room.
Slice function_name(const Interpreter& interpreter, uintptr_t code, char* room, size_t size);
Slice file_name(const Interpreter& interpreter, uintptr_t code, char* room, size_t size);
// read: how much of its table of lines that took, which is all that the line depends on besides the first one.
uint32_t line(const Interpreter& interpreter, uintptr_t code, uintptr_t instruction, size_t* read);
Slice line_table(const Interpreter& interpreter, uintptr_t code);
int32_t first_line(const Interpreter& interpreter, uintptr_t code);

}  // namespace lifeguard::python
