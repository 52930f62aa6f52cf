// Ends and leaves a child running.
#include <unistd.h>

int main(void) {
  if (fork() == 0) {
    sleep(30);
    _exit(0);
  }
  return 0;
}
