# For the tests in bash: what a healthy program must be like.

# silent CMD...: output and status as without the library, and no file in the store.
silent() {
  local plain watched
  rm -rf "$SCRATCH/store" && mkdir -m 700 "$SCRATCH/store"
  "$@" >"$SCRATCH/out.plain" 2>"$SCRATCH/err.plain"
  plain=$?
  LD_PRELOAD=$LIFEGUARD_LIBRARY LIFEGUARD_OPTIONS=store=$SCRATCH/store \
    "$@" >"$SCRATCH/out.watched" 2>"$SCRATCH/err.watched"
  watched=$?
  [ $plain = $watched ] || { echo "status $plain without the library, $watched with it"; return 1; }
  diff "$SCRATCH/out.plain" "$SCRATCH/out.watched" || { echo "its output differs"; return 1; }
  diff "$SCRATCH/err.plain" "$SCRATCH/err.watched" || { echo "its standard error differs"; return 1; }
  # A library that slept would pass all of the above: with keep=always the same command does leave records.
  [ -z "$(ls -A "$SCRATCH/store")" ] || { echo "left in the store:"; ls -RA "$SCRATCH/store"; return 1; }
  if [ "${RECORDS:-yes}" = yes ]; then
    LD_PRELOAD=$LIFEGUARD_LIBRARY LIFEGUARD_OPTIONS=store=$SCRATCH/store:keep=always \
      "$@" >"$SCRATCH/out.watched" 2>&1
    [ -n "$(ls -A "$SCRATCH/store")" ] || { echo "not watched at all: keep=always left nothing"; return 1; }
  fi
}

have() {
  command -v "$1" >/dev/null || { echo "no $1 here"; exit 77; }
}
