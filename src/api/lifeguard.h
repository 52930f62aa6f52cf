/* What a program may tell lifeguard of itself, and ask it. Include this anywhere: nothing has to be linked, and where
 * the program runs without liblifeguard.so every call does nothing and answers 0.
 *
 *   lifeguard_phase("name")        what is acquired from now on carries this name: of a test, a request, a stage.
 *                                  NULL or "": none.
 *   lifeguard_mark()               a moment; never 0 where the library is there
 *   lifeguard_leaks_since(mark)    how many resources acquired by own code since then are not given back
 *   lifeguard_describe_since(mark, text, size)   the same in words, a line each; returns their whole length
 *   lifeguard_ignore(fd)           this descriptor is meant to stay open: no finding
 *   lifeguard_acquired(kind, id, detail), lifeguard_released(kind, id)
 *                                  resources that only the program knows: a watcher, a lease, a session. Recorded with
 *                                  their stack, and reported like a descriptor where they are left. detail may be NULL.
 *
 *   lifeguard_snapshot()           writes what the process holds now, all of it and with stacks, to a JSON report
 * beside its records: snapshot-PID-N.json in the run's folder. Returns N, 1 and up, or 0 where it could not be written.
 *
 * For C++: lifeguard::Phase and lifeguard::Held, which take back at the end of their scope what they said.
 */
#ifndef LIFEGUARD_H
#define LIFEGUARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LIFEGUARD_WEAK __attribute__((weak))
void lifeguard_phase(const char* name) LIFEGUARD_WEAK;
uint64_t lifeguard_mark(void) LIFEGUARD_WEAK;
int lifeguard_leaks_since(uint64_t mark) LIFEGUARD_WEAK;
size_t lifeguard_describe_since(uint64_t mark, char* text, size_t size) LIFEGUARD_WEAK;
void lifeguard_ignore(int fd) LIFEGUARD_WEAK;
void lifeguard_acquired(const char* kind, uint64_t id, const char* detail) LIFEGUARD_WEAK;
void lifeguard_released(const char* kind, uint64_t id) LIFEGUARD_WEAK;
int lifeguard_snapshot(void) LIFEGUARD_WEAK;
#undef LIFEGUARD_WEAK

#ifdef __cplusplus
}
#endif

/* Each name is a macro as well, which asks first whether anybody is there to be called. In a program that is not
 * position independent the linker has settled that question for good, so there the answer is looked up. */
#if defined(__PIC__) || defined(__PIE__)
#define LIFEGUARD_FIND(name) (name)
#else
#ifdef __cplusplus
extern "C"
#else
extern
#endif
    void*
    lifeguard_look_up(void*, const char*) __asm__("dlsym") __attribute__((weak));
#define LIFEGUARD_FIND(name) ((__typeof__(&name))(lifeguard_look_up ? lifeguard_look_up((void*)0, #name) : (void*)0))
#endif
#define lifeguard_phase(name) (LIFEGUARD_FIND(lifeguard_phase) ? LIFEGUARD_FIND(lifeguard_phase)(name) : (void)(name))
#define lifeguard_mark() (LIFEGUARD_FIND(lifeguard_mark) ? LIFEGUARD_FIND(lifeguard_mark)() : (uint64_t)0)
#define lifeguard_leaks_since(mark) \
  (LIFEGUARD_FIND(lifeguard_leaks_since) ? LIFEGUARD_FIND(lifeguard_leaks_since)(mark) : ((void)(mark), 0))
#define lifeguard_describe_since(mark, text, size)                                                       \
  (LIFEGUARD_FIND(lifeguard_describe_since) ? LIFEGUARD_FIND(lifeguard_describe_since)(mark, text, size) \
                                            : ((void)(mark), (void)(text), (size_t)0))
#define lifeguard_ignore(fd) (LIFEGUARD_FIND(lifeguard_ignore) ? LIFEGUARD_FIND(lifeguard_ignore)(fd) : (void)(fd))
#define lifeguard_acquired(kind, id, detail)                                                 \
  (LIFEGUARD_FIND(lifeguard_acquired) ? LIFEGUARD_FIND(lifeguard_acquired)(kind, id, detail) \
                                      : ((void)(kind), (void)(id), (void)(detail)))
#define lifeguard_released(kind, id) \
  (LIFEGUARD_FIND(lifeguard_released) ? LIFEGUARD_FIND(lifeguard_released)(kind, id) : ((void)(kind), (void)(id)))
#define lifeguard_snapshot() (LIFEGUARD_FIND(lifeguard_snapshot) ? LIFEGUARD_FIND(lifeguard_snapshot)() : 0)

#ifdef __cplusplus
namespace lifeguard {

/* A phase for as long as it lives; the one before it holds again afterwards. */
class Phase {
 public:
  explicit Phase(const char* name) : name_(name), before_(current()) {
    current() = this;
    lifeguard_phase(name_);
  }
  ~Phase() {
    current() = before_;
    lifeguard_phase(before_ ? before_->name_ : nullptr);
  }
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

 private:
  static Phase*& current() {
    static Phase* innermost = nullptr;
    return innermost;
  }
  const char* name_;
  Phase* before_;
};

/* A resource of the program's own kind, held for as long as it lives. */
class Held {
 public:
  Held(const char* kind, uint64_t id, const char* detail = nullptr) : kind_(kind), id_(id) {
    lifeguard_acquired(kind_, id_, detail);
  }
  ~Held() { lifeguard_released(kind_, id_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  const char* kind_;
  uint64_t id_;
};

}  // namespace lifeguard
#endif

#endif
