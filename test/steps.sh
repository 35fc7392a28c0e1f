# What test/demo, test/all and their parts share: one calm line for each step that takes long.
# To be sourced by bash.

# The name of a step, its progress while it runs, and how long it took; its whole output only if it
# fails.   step "building redis-agent" cmake --build build/release
step() {
  local name=$1 begin=$SECONDS status=0 path log progress
  shift
  # The file has no name while it is used: nothing is left of it after Ctrl-C.
  path=$(mktemp)
  exec {log}<>"$path"
  rm -f "$path"
  [[ -t 1 ]] || printf '  %s\n' "$name"
  _show_progress "$name" "/dev/fd/$log" &
  progress=$!
  "$@" >&"$log" 2>&1 </dev/null || status=$?
  kill "$progress" && wait "$progress" || true
  if [[ $status -ne 0 ]]; then
    printf '\n  failed: %s (exit %d)\n' "$name" "$status"
    tail -n 200 "/dev/fd/$log"
  elif [[ -t 1 ]]; then
    printf '\r\e[2K  \e[32m✓\e[0m %s (%d s)\n' "$name" $((SECONDS - begin))
  fi
  exec {log}>&-
  return "$status"
}

# On a terminal: the last line of the log, renewed in place. Elsewhere: a line each 20 seconds.
_show_progress() {
  local name=$1 log=$2 turns=0 last
  while kill -0 $$ 2>/dev/null; do
    last=$(tail -c 400 "$log" | tr '\r' '\n' | tr -cd '\n -~' | sed -n '/./h; ${x; p}')
    if [[ -t 1 ]]; then
      printf '\r\e[2K  %s  \e[2m%s\e[0m' "$name" "${last:0:$((${COLUMNS:-80} - ${#name} - 5))}"
    elif ((turns > 0 && turns % 80 == 0)); then
      printf '    %s\n' "${last:0:90}"
    fi
    turns=$((turns + 1))
    sleep 0.25
  done
}
