// A pipe to a command. The command is a child, and told with its stream: it is one fault. Where only the descriptor was
// closed, the command is all there is to be told.
// hooks: popen pclose _IO_popen fclose close
// expect: open-at-end pipe 1 in leak_popen detail "echo word (process *, ended and not waited for)"
// expect: open-at-end pipe 1 in leak_other_popen detail "true (process *, ended and not waited for)"
// expect: open-at-end pipe 1 in leak_writer detail "cat >/dev/null (process *)"
// expect: zombie process 1 in leak_command detail *false*
#include "children.h"

FILE* other_popen(const char* command, const char* mode) __asm__("_IO_popen");

SITE static FILE* leak_popen(void) { return popen("echo word", "r"); }
SITE static FILE* leak_other_popen(void) { return other_popen("true", "r"); }
SITE static FILE* leak_writer(void) { return popen("cat >/dev/null", "w"); }

SITE static FILE* leak_command(void) { return popen("false", "r"); }

// The command of the only stream that has one.
static void until_ended(FILE* stream) { UNTIL(has_ended(((pid_t*)(stream + 1))[2])); }

void victim(void) {
  char line[20];
  FILE *kept = leak_popen(), *returned = leak_popen();
  CHECK(kept && returned && fgets(line, sizeof line, kept) && strcmp(line, "word\n") == 0);
  CHECK(fgets(line, sizeof line, returned) && pclose(returned) == 0);
  until_ended(kept);
  FILE* other = leak_other_popen();
  CHECK(other && pclose(leak_other_popen()) == 0 && fclose(leak_other_popen()) == 0);
  until_ended(other);
  CHECK(leak_writer() && pclose(leak_writer()) == 0);
  CHECK(pclose(popen("exit 3", "r")) == 3 << 8);
  FILE* forgotten = leak_command();
  CHECK(forgotten);
  until_ended(forgotten);
  CHECK(close(fileno(forgotten)) == 0);
  until_old();
}
