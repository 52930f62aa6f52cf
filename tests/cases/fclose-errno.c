// A stream without a descriptor is closed without a word in errno.
// hooks: fclose
// ledger: any
// expect-nothing
#include "victim.h"

void victim(void) {
  char* text = NULL;
  size_t size = 0;
  FILE* stream = open_memstream(&text, &size);
  CHECK(stream != NULL);
  errno = 0;
  CHECK(fclose(stream) == 0 && errno == 0);
  free(text);
}
