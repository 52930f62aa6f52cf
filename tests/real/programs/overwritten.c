// Aborts over an overwritten heap: what hangs together in it leads nowhere any more.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  FILE* stream = fopen("/dev/null", "r");
  if (!stream || open("/dev/null", O_RDONLY) < 0) return 2;  // something is left to close
  ((volatile FILE*)stream)->_chain = (struct _IO_FILE*)0x5a5a5a5a5a5a5a5aul;
  abort();
}
