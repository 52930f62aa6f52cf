// The program around a victim, in the three forms that every case is run in: called by main, called by a thread, and
// called by the constructor of a library (driver/constructor.c), where main has nothing left to do.
#include <pthread.h>

extern int victim_status;

#ifdef FORM_CONSTRUCTOR
int main(void) { return victim_status; }
#else
int victim_status;
void victim(void);

#ifdef FORM_THREAD
static void* thread(void* unused) {
  victim();
  return unused;
}

int main(void) {
  pthread_t id;
  if (pthread_create(&id, 0, thread, 0) != 0) return 98;
  if (pthread_join(id, 0) != 0) return 98;
  return victim_status;
}
#else
int main(void) {
  victim();
  return victim_status;
}
#endif
#endif
