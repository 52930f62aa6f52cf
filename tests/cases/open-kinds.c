// open makes other things than files, and what it made is asked of the kernel.
// hooks: open
// expect: open-at-end directory 1 in leak_directory detail /etc
// expect: open-at-end directory 1 in leak_directory_unasked detail /etc
// expect: open-at-end pipe 1 in leak_fifo detail *a-fifo
// expect: open-at-end pty 1 in leak_terminal detail *ptmx
// expect: open-at-end file 1 in leak_device detail /dev/null
// expect: open-at-end file 1 in leak_path detail /etc/passwd
// expect: open-at-end file 1 in leak_nameless
// expect: open-at-end file 1 in leak_deleted detail *short-lived*
#include <sys/stat.h>

#include "victim.h"

SITE static int leak_directory(void) { return open("/etc", O_RDONLY | O_DIRECTORY); }
SITE static int leak_directory_unasked(void) { return open("/etc", O_RDONLY); }
SITE static int leak_fifo(void) { return open("a-fifo", O_RDWR); }
SITE static int leak_terminal(void) { return open("/dev/ptmx", O_RDWR | O_NOCTTY); }
SITE static int leak_device(void) { return open("/dev/null", O_RDWR); }
SITE static int leak_path(void) { return open(PLAIN_FILE, O_PATH); }
SITE static int leak_nameless(void) { return open(".", O_RDWR | O_TMPFILE, 0600); }
SITE static int leak_deleted(void) { return open("short-lived", O_RDWR | O_CREAT, 0600); }

void victim(void) {
  CHECK(mkfifo("a-fifo", 0600) == 0);
  leaked_once(leak_directory);
  leaked_once(leak_directory_unasked);
  leaked_once(leak_fifo);
  leaked_once(leak_terminal);
  leaked_once(leak_device);
  leaked_once(leak_path);
  leaked_once(leak_nameless);
  leaked_once(leak_deleted);
  CHECK(unlink("short-lived") == 0);
}
