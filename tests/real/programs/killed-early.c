// Children that open and close a file and end, each killed within the first 600 us of its life.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child(void) {
  pid_t pid = fork();
  if (pid) return pid;
  close(open("/etc/passwd", O_RDONLY));
  exit(0);
}

int main(int count, char** arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 1;
  srand(1);
  for (int i = 0; i < 8; ++i) waitpid(child(), NULL, 0);  // these are left alone
  for (int i = 0; i < rounds; ++i) {
    pid_t pid = child();
    struct timespec moment = {0, rand() % 600000};
    nanosleep(&moment, NULL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
  }
  return 0;
}
