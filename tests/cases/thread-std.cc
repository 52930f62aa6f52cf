// C++'s threads: joined, detached, joining by themselves, and one that is lost with its handle.
// expect: unjoined thread 1 own leak_thread
#include <thread>

#include "workers.h"

SITE static std::thread* leak_thread(struct worker* worker) { return new std::thread(run_pthread, worker); }

void victim(void) {
  static struct worker workers[5];
  std::thread joined(run_pthread, &workers[0]), detached(run_pthread, &workers[1]);
  detached.detach();
  {
    std::jthread joining(run_pthread, &workers[2]);
    until_gone(&workers[2]);
  }
  for (int i = 0; i < 2; ++i) until_gone(&workers[i]);
  joined.join();
  workers[4].go = 1;
  std::thread* other = leak_thread(&workers[4]);
  other->join();
  delete other;
  leak_thread(&workers[3]);
  until_gone(&workers[3]);
}
