# The shell in which the test `docs` runs the commands of one page. Bash reads this file before the page's commands (BASH_ENV).
# The page's commands run in a copy of the project, because some of them write files.
#
# PAGE         the page, for messages
# NOTES        a folder for what the shell notes down
# PROJECT      the project itself; the embedded stack runs there, because the functions are built there
# LOCALSTACK   the binary behind `cargo local`
# PORT         the port of the stack's HTTP API; the two ports above it are free too
unset BASH_ENV
stack=
expected=

end_stack() {
  if [[ -n $stack ]]; then
    kill -TERM "$stack" 2>/dev/null || true
    wait "$stack" || true
    stack=
  fi
}
trap end_stack EXIT
trap 'echo "$PAGE:$LINENO: this command failed" >&2' ERR

# Starts a stack with these options instead of the page's earlier one, and returns when the stack answers. The stack compiles
# the functions first, so it has 20 minutes.
start_stack() {
  local options=()
  while (($#)); do
    options+=("$1")
    # A relative directory is the page's, which runs in another folder than the stack.
    if [[ $1 == --data ]]; then
      shift
      options+=("$PWD/$1")
    fi
    shift
  done
  end_stack
  : >"$NOTES/banner"
  (cd "$PROJECT" && exec "$LOCALSTACK" --port "$PORT" "${options[@]}") >"$NOTES/banner" 2>"$NOTES/log" &
  stack=$!
  local deadline=$((SECONDS + 1200))
  until grep --quiet '^Ctrl-C' "$NOTES/banner"; do
    if ! kill -0 "$stack" 2>/dev/null; then
      cat "$NOTES/log" >&2
      return 1
    fi
    if ((SECONDS >= deadline)); then
      cat "$NOTES/log" >&2
      echo "the stack does not answer after 20 minutes" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Returns the status of the command, so that the page's line fails and is reported, and not a line in here.
cargo() { run_cargo "$@" || return; }

run_cargo() {
  if [[ $1 != local ]]; then
    command cargo "$@"
    return
  fi
  shift
  case ${1-} in
    token | invoke) "$LOCALSTACK" "$@" --port "$PORT" ;;
    sample | new | gateway | load) "$LOCALSTACK" "$@" ;;
    demo) (cd "$PROJECT" && "$LOCALSTACK" "$@") ;;
    *)
      if [[ " $* " == *" --chaos list "* ]]; then "$LOCALSTACK" "$@"; else start_stack "$@"; fi
      ;;
  esac
}

# Fails if the answer has another status than $expected; without that, if the answer is no success.
curl() {
  command curl --silent --show-error --max-time 60 --dump-header "$NOTES/headers" "$@" || return
  local status
  status=$(sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$NOTES/headers" | tail -n 1)
  # shellcheck disable=SC2053
  if [[ $status != ${expected:-2??} ]]; then
    echo "the answer's status is $status, not ${expected:-a success}" >&2
    return 1
  fi
}

# The copy may be another page's, with its changes and commits.
if [[ -d .git ]]; then
  git reset --quiet --hard project
  git clean --quiet -xdf
else
  git init --quiet
  git add --all
  git commit --quiet --message "The project"
  git tag project
fi
