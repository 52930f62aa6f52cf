// Streams that stand on memory or on functions have no descriptor, and closing them closes none.
// hooks: fclose
// expect-nothing
#include "victim.h"

static ssize_t nothing(void* cookie, char* bytes, size_t size) {
  (void)cookie, (void)bytes, (void)size;
  return 0;
}

void victim(void) {
  char* text = NULL;
  size_t size = 0;
  int fd = open(PLAIN_FILE, O_RDONLY);
  cookie_io_functions_t functions = {.read = nothing};
  FILE *memory = open_memstream(&text, &size), *buffer = fmemopen(NULL, 100, "w+"),
       *cookie = fopencookie(NULL, "r", functions);
  CHECK(fd > 2 && memory && buffer && cookie && fputs("words", memory) >= 0);
  CHECK(fclose(memory) == 0 && fclose(buffer) == 0 && fclose(cookie) == 0 && size == 5);
  free(text);
  CHECK(is_open(fd) && close(fd) == 0);
}
