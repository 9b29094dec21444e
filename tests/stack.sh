# Checks that need an embedded stack source this file. `start_stack FOLDER [OPTION…]` starts a stack on free ports and writes its
# banner to FOLDER/banner and its log to FOLDER/log. `address NAME` prints the first URL in the banner's line NAME. `stop_stack`
# stops the stack.

stack=

start_stack() {
  stack_folder=$1
  cargo build --workspace --bin localstack
  target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
  "$target/debug/localstack" --port 0 "${@:2}" >"$stack_folder/banner" 2>"$stack_folder/log" &
  stack=$!
  # The start includes a build of the functions, which may take minutes.
  for _ in $(seq 1800); do
    if grep -q '^Ctrl-C' "$stack_folder/banner"; then return; fi
    if ! kill -0 "$stack" 2>/dev/null; then break; fi
    sleep 1
  done
  cat "$stack_folder/log" >&2
  exit 1
}

stop_stack() {
  if [[ -z $stack ]]; then return; fi
  kill -INT "$stack" 2>/dev/null || true
  wait "$stack" || true
}

address() {
  awk -v name="$1" 'index($0, name) == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }' \
    "$stack_folder/banner"
}
