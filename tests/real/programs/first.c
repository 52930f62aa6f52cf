// first WAY: what a pid namespace's first process does about signals. Says what happened, and leaves a file open.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void asked(int number) {
  (void)!write(1, "asked\n", 6);
  _exit(40 + number);
}

static void child(const char* what, void (*ends)(void)) {
  pid_t pid = fork();
  if (pid == 0) {
    open("/etc/hostname", O_RDONLY);
    ends();
    _exit(9);
  }
  int status;
  waitpid(pid, &status, 0);
  printf("%s: signal %d, status %d\n", what, WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}
static void by_term(void) { raise(SIGTERM); }
static void by_fault(void) { *(volatile int*)8 = 1; }
static void by_grandchild(void) {
  pid_t pid = fork();
  if (pid == 0) raise(SIGINT), _exit(9);
  int status;
  waitpid(pid, &status, 0);
  _exit(WIFSIGNALED(status) ? WTERMSIG(status) : 100);
}

__attribute__((noinline)) static void leaves_a_file(void) {
  if (open("/etc/passwd", O_RDONLY) < 0) _exit(99);
}

int main(int argc, char** argv) {
  if (argc < 2) return 9;
  setvbuf(stdout, NULL, _IOLBF, 0);
  leaves_a_file();
  struct sigaction now;
  sigaction(SIGTERM, NULL, &now);
  printf("pid %d, the default action: %d\n", getpid(), now.sa_handler == SIG_DFL);
  if (strcmp(argv[1], "handler") == 0) signal(SIGTERM, asked);
  if (strcmp(argv[1], "again") == 0) signal(SIGTERM, asked), signal(SIGTERM, SIG_DFL);
  raise(SIGINT);
  kill(getpid(), SIGHUP);
  kill(-1, SIGTERM);
  printf("not ended by its own\n");
  child("SIGTERM in a child", by_term);
  child("a fault in a child", by_fault);
  child("SIGINT in a grandchild", by_grandchild);
  if (strcmp(argv[1], "fault") == 0) by_fault();
  if (strcmp(argv[1], "abort") == 0) abort();
  printf("ready\n");
  char byte;
  while (read(0, &byte, 1) < 0) {  // from outside: SIGTERM, then the end of what is read
  }
  printf("not ended from outside\n");
  return 5;
}
