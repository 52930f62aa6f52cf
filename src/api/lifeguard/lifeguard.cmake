# For CTest: include(lifeguard.cmake) before the targets that are tests, and each test that is a program of this build
# runs through the gate, and fails by name when it leaks. LIFEGUARD_CHECK_OPTIONS: more options of `lifeguard check`.
find_program(LIFEGUARD lifeguard HINTS "${CMAKE_CURRENT_LIST_DIR}/../../bin" REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR "${LIFEGUARD};check;${LIFEGUARD_CHECK_OPTIONS};--")
