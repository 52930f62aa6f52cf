// The name of a thread that Python is about to start: its Thread object's, out of the frame that starts it.
#include <string.h>

#include "preload/python_objects.h"

namespace lifeguard::python {

bool name_of_new_thread(char* room, size_t size) {
  if (!any()) return false;
  Frames frames;
  read(1, &frames);
  if (!frames.count) return false;
  const Interpreter& interpreter = *frames.interpreter;
  Objects objects(interpreter, false);
  char text[256];
  if (!objects.known() || !(function_name(interpreter, frames.code[0], text, sizeof text) == "Thread.start") ||
      !(basename(file_name(interpreter, frames.code[0], text, sizeof text)) == "threading.py"))
    return false;
  uintptr_t thread = objects.local(frames.frame[0], 0);
  Slice name = objects.text(objects.attribute(thread, "_name"), text, sizeof text);
  if (name.size > size - 1) name = name.first(size - 1);
  memcpy(room, name.data, name.size);
  room[name.size] = 0;
  return !name.empty();
}

}  // namespace lifeguard::python
