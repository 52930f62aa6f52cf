// A small server that leaks, for `make demo`: each visitor's log is opened and never closed; a visitor who hangs up early
// leaves his connection behind; and the listener is never given back.
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_log(void) { return open("visitors.log", O_WRONLY | O_CREAT | O_APPEND, 0600); }

static int serve(int visitor) {
  char request[512] = "";
  int log = open_log();
  ssize_t n = read(visitor, request, sizeof request - 1);
  if (n <= 0) return 1;  // hung up: nobody closes the connection on this way out
  dprintf(log, "%.*s\n", (int)strcspn(request, "\r\n"), request);
  dprintf(visitor, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\n");
  close(visitor);
  return strncmp(request, "GET /stop", 9) != 0;
}

static int start_listening(int port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (bind(listener, (struct sockaddr*)&address, sizeof address) || listen(listener, 16)) exit((perror("bind"), 1));
  return listener;
}

int main(int count, char** arguments) {
  int listener = start_listening(count > 1 ? atoi(arguments[1]) : 8080);
  puts("serving");
  fflush(stdout);
  while (serve(accept(listener, NULL, NULL))) {
  }
  puts("stopped");
  return 0;
}
