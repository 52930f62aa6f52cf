# For bats: `load lifeguard`, and write `watched CMD...` in place of `run CMD...` where a leak is to fail the test. $status
# is the gate's where CMD itself ended with 0, and $output ends with what was left and the verdict.
watched() {
  run "${LIFEGUARD:-lifeguard}" check ${LIFEGUARD_CHECK_OPTIONS:-} -- "$@"
  [ "$status" -eq 0 ] || { printf '%s\n' "$output"; return 1; }
}
