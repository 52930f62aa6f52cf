// Temporary files with a name, in all eight spellings: each makes two, closes one and removes neither.
// hooks: mkstemp mkstemp64 mkostemp mkostemp64 mkstemps mkstemps64 mkostemps mkostemps64
// expect: open-at-end file 1 in leak_mkstemp detail *kept-*
// expect: left-behind path 2 in leak_mkstemp detail *kept-*
// expect: open-at-end file 1 in leak_mkstemp64 detail *kept-*
// expect: left-behind path 2 in leak_mkstemp64 detail *kept-*
// expect: open-at-end file 1 in leak_mkostemp detail *kept-*
// expect: left-behind path 2 in leak_mkostemp detail *kept-*
// expect: open-at-end file 1 in leak_mkostemp64 detail *kept-*
// expect: left-behind path 2 in leak_mkostemp64 detail *kept-*
// expect: open-at-end file 1 in leak_mkstemps detail *kept-*.tail
// expect: left-behind path 2 in leak_mkstemps detail *kept-*.tail
// expect: open-at-end file 1 in leak_mkstemps64 detail *kept-*.tail
// expect: left-behind path 2 in leak_mkstemps64 detail *kept-*.tail
// expect: open-at-end file 1 in leak_mkostemps detail *kept-*.tail
// expect: left-behind path 2 in leak_mkostemps detail *kept-*.tail
// expect: open-at-end file 1 in leak_mkostemps64 detail *kept-*.tail
// expect: left-behind path 2 in leak_mkostemps64 detail *kept-*.tail
#include "victim.h"

#define MAKE(name, call, pattern)     \
  SITE static int leak_##name(void) { \
    char path[] = pattern;            \
    return call;                      \
  }
MAKE(mkstemp, mkstemp(path), "kept-XXXXXX")
MAKE(mkstemp64, mkstemp64(path), "kept-XXXXXX")
MAKE(mkostemp, mkostemp(path, O_CLOEXEC), "kept-XXXXXX")
MAKE(mkostemp64, mkostemp64(path, O_APPEND), "kept-XXXXXX")
MAKE(mkstemps, mkstemps(path, 5), "kept-XXXXXX.tail")
MAKE(mkstemps64, mkstemps64(path, 5), "kept-XXXXXX.tail")
MAKE(mkostemps, mkostemps(path, 5, O_CLOEXEC), "kept-XXXXXX.tail")
MAKE(mkostemps64, mkostemps64(path, 5, 0), "kept-XXXXXX.tail")

void victim(void) {
  leaked_once(leak_mkstemp);
  leaked_once(leak_mkstemp64);
  leaked_once(leak_mkostemp);
  leaked_once(leak_mkostemp64);
  leaked_once(leak_mkstemps);
  leaked_once(leak_mkstemps64);
  leaked_once(leak_mkostemps);
  leaked_once(leak_mkostemps64);
}
