// A program's first acquisition: here the ledger is made.
#include <fcntl.h>
#include <unistd.h>
int main(void) { return close(open("/dev/null", O_RDONLY)); }
