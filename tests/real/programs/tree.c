// A tree of processes that is hard to end. The first argument is what it is known by, the second a port (0: none), then
// words, in order, each a child that stays:
//   child     an ordinary one                       setsid   one in a session of its own
//   deaf      one that ignores SIGTERM              daemon   forked twice, in a session of its own, ignores SIGHUP
//   deafsid   in a session of its own and deaf      shared   a child that keeps the listener open
//   stopped   one that has stopped itself           bare     a daemon with an empty environment
// and at the end what the first process itself does:
//   wait      waits for ever                        exit     ends with status 5
//   crash     ends by SIGSEGV                       deafwait ignores SIGTERM and waits for ever
//   chainN    N generations, each starts the next and ends, the last one waits
//   wideN     N children that wait
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener = -1;

static int starts(const char* text, const char* with) { return strncmp(text, with, strlen(with)) == 0; }

static void wait_for_ever(void) {
  for (;;) pause();
}

static void child(const char* how) {
  int ready[2];
  char byte;
  if (pipe(ready) != 0) abort();
  if (fork() == 0) {
    if (strcmp(how, "daemon") == 0 || strcmp(how, "bare") == 0) {
      if (fork() != 0) _exit(0);
      signal(SIGHUP, SIG_IGN);
    }
    if (strstr(how, "sid") || strcmp(how, "daemon") == 0 || strcmp(how, "bare") == 0) setsid();
    if (starts(how, "deaf")) signal(SIGTERM, SIG_IGN);
    if (strcmp(how, "shared") != 0 && listener >= 0) close(listener);
    close(ready[0]);
    if (write(ready[1], "", 1) != 1) _exit(1);
    close(ready[1]);
    if (strcmp(how, "stopped") == 0) raise(SIGSTOP);
    wait_for_ever();
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) != 1) abort();
  close(ready[0]);
}

static void chain(int length) {
  for (; length > 0; --length)
    if (fork() != 0) _exit(0);
  wait_for_ever();
}

int main(int count, char** words) {
  int port = count > 2 ? atoi(words[2]) : 0;
  if (port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 16) != 0) {
      perror("bind");
      return 9;
    }
  }
  for (int i = 3; i < count; ++i) {
    const char* word = words[i];
    if (strcmp(word, "wait") == 0 || strcmp(word, "deafwait") == 0) {
      if (*word == 'd') signal(SIGTERM, SIG_IGN);
      puts("ready");
      fflush(stdout);
      wait_for_ever();
    } else if (strcmp(word, "exit") == 0) {
      return 5;
    } else if (strcmp(word, "crash") == 0) {
      signal(SIGSEGV, SIG_DFL);
      raise(SIGSEGV);
    } else if (starts(word, "chain")) {
      if (fork() == 0) chain(atoi(word + 5));
    } else if (starts(word, "wide")) {
      for (int n = atoi(word + 4); n > 0; --n)
        if (fork() == 0) wait_for_ever();
    } else {
      child(word);
    }
  }
  return 0;
}
