// Linked with a victim into a shared library: the hooks are called before main, and before anything of the program's.
int victim_status;
void victim(void);

__attribute__((constructor)) static void constructor(void) { victim(); }
