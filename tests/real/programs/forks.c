// Starts children one after another, by the way its first argument names, while four threads open and close all the
// time. The second argument is how many. A forked child opens a file and closes it before it ends.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;
static volatile int stop;
static char* arguments[] = {(char*)"true", NULL};

static void* churn(void* unused) {
  while (!stop) {
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) close(fd);
  }
  return unused;
}

static void failed(const char* what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void finish(pid_t child) {
  int status;
  if (child <= 0 || waitpid(child, &status, 0) != child) failed("no child");
  if (status != 0) {
    fprintf(stderr, "a child ended with status %#x\n", status);
    exit(1);
  }
}

static void start_one(const char* way) {
  pid_t child;
  if (strcmp(way, "fork") == 0) {
    child = fork();
    if (child == 0) {
      int fd = open("/etc/group", O_RDONLY);
      _exit(fd >= 0 && close(fd) == 0 ? 0 : 1);
    }
    finish(child);
  } else if (strcmp(way, "vfork") == 0) {
    child = vfork();
    if (child == 0) {
      execv("/bin/true", arguments);
      _exit(127);
    }
    finish(child);
  } else if (strcmp(way, "spawn") == 0) {
    errno = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ);
    if (errno) failed("posix_spawn");
    finish(child);
  } else {
    FILE* stream = popen("exit 0", "r");
    if (!stream || pclose(stream) != 0) failed("popen");
  }
}

int main(int count, char** words) {
  if (count < 3) return 2;
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i)
    if ((errno = pthread_create(&threads[i], NULL, churn, NULL))) failed("pthread_create");
  for (int i = atoi(words[2]); i > 0; --i) start_one(words[1]);
  stop = 1;
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  puts("done");
}
