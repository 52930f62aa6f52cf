// What outlives a program unless it is taken away: names in the file system, shared memory, queues, semaphores; and
// timers.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#include "preload/hook.h"
#include "preload/line.h"
#include "preload/state.h"
#include "preload/sys.h"
#include "preload/things.h"

namespace lifeguard {
namespace {

void gone(const char* path) { gave_path(path); }

// A System V object is new where it was private, or where the call would have failed had it been there.
bool made(key_t key, int flags) { return key == IPC_PRIVATE || ((flags & IPC_CREAT) && (flags & IPC_EXCL)); }

// libc keeps a semaphore in a file; its O_EXCL would make another one first.
bool semaphore_exists(const char* name) {
  Line<300> path;
  path << "/dev/shm/sem." << (*name == '/' ? name + 1 : name);
  constexpr int exists = 0;  // F_OK
  return sys::call_with(__NR_faccessat, AT_FDCWD, path.c_str(), exists) == 0;
}

uint64_t system_v(int id) { return static_cast<uint64_t>(static_cast<uint32_t>(id)) | 1ull << 62; }

}  // namespace

HOOK(char*, mkdtemp, (char* path)) {
  char* result = REAL(mkdtemp)(path);
  if (result) took_path(result, ledger::thing_directory);
  return result;
}

#define REMOVES(name, parameters, arguments, removed) \
  HOOK(int, name, parameters) {                       \
    int result = REAL(name) arguments;                \
    if (result == 0) gone(removed);                   \
    return result;                                    \
  }
REMOVES(unlink, (const char* path), (path), path)
REMOVES(unlinkat, (int directory, const char* path, int flags), (directory, path, flags), path)
REMOVES(remove, (const char* path), (path), path)
REMOVES(rmdir, (const char* path), (path), path)
REMOVES(rename, (const char* from, const char* to), (from, to), from)
REMOVES(renameat, (int from_directory, const char* from, int to_directory, const char* to),
        (from_directory, from, to_directory, to), from)
REMOVES(renameat2, (int from_directory, const char* from, int to_directory, const char* to, unsigned int flags),
        (from_directory, from, to_directory, to, flags), from)

HOOK(int, shm_unlink, (const char* name)) {
  int result = REAL(shm_unlink)(name);
  if (result == 0) gave(Kind::segment, name_id(name));
  return result;
}
HOOK(int, mq_unlink, (const char* name)) {
  int result = REAL(mq_unlink)(name);
  if (result == 0) gave(Kind::queue, name_id(name));
  return result;
}

HOOK(sem_t*, sem_open, (const char* name, int flags, ...)) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  unsigned value = va_arg(rest, unsigned);
  va_end(rest);
  bool made = (flags & O_CREAT) && ((flags & O_EXCL) || (may_ask() && !semaphore_exists(name)));
  sem_t* semaphore = REAL(sem_open)(name, flags, mode, value);
  if (semaphore != SEM_FAILED && made) took(Kind::semaphore, name_id(name), Detail::path(name));
  return semaphore;
}
HOOK(int, sem_unlink, (const char* name)) {
  int result = REAL(sem_unlink)(name);
  if (result == 0) gave(Kind::semaphore, name_id(name));
  return result;
}

HOOK(int, shmget, (key_t key, size_t size, int flags)) {
  int id = REAL(shmget)(key, size, flags);
  if (id >= 0 && made(key, flags)) took(Kind::segment, system_v(id), Detail::text("System V"), ledger::thing_system_v);
  return id;
}
HOOK(int, shmctl, (int id, int command, shmid_ds* buffer)) {
  int result = REAL(shmctl)(id, command, buffer);
  if (result == 0 && command == IPC_RMID) gave(Kind::segment, system_v(id));
  return result;
}
HOOK(int, semget, (key_t key, int count, int flags)) {
  int id = REAL(semget)(key, count, flags);
  if (id >= 0 && made(key, flags))
    took(Kind::semaphore, system_v(id), Detail::text("System V"), ledger::thing_system_v);
  return id;
}
HOOK(int, semctl, (int id, int number, int command, ...)) {
  va_list rest;
  va_start(rest, command);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  int result = REAL(semctl)(id, number, command, argument);
  if (result == 0 && command == IPC_RMID) gave(Kind::semaphore, system_v(id));
  return result;
}
HOOK(int, msgget, (key_t key, int flags)) {
  int id = REAL(msgget)(key, flags);
  if (id >= 0 && made(key, flags)) took(Kind::queue, system_v(id), Detail::text("System V"), ledger::thing_system_v);
  return id;
}
HOOK(int, msgctl, (int id, int command, msqid_ds* buffer)) {
  int result = REAL(msgctl)(id, command, buffer);
  if (result == 0 && command == IPC_RMID) gave(Kind::queue, system_v(id));
  return result;
}

HOOK(int, timer_create, (clockid_t clock, sigevent* __restrict event, timer_t* __restrict timer)) {
  int result = REAL(timer_create)(clock, event, timer);
  if (result == 0) took(Kind::timer, reinterpret_cast<uint64_t>(*timer), {});
  return result;
}
HOOK(int, timer_delete, (timer_t timer)) {
  int result = REAL(timer_delete)(timer);
  if (result == 0) gave(Kind::timer, reinterpret_cast<uint64_t>(timer));
  return result;
}

}  // namespace lifeguard
