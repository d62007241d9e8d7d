#!/bin/sh
# Builds .venv from requirements.lock: python -m venv, pip, uv, then every locked wheel, compiled to bytecode.
# Does nothing when .venv already matches. Each thing that can go wrong outside the project is one sentence.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE VIRTUAL_ENV PYTHONPATH || true

UV=0.13.8
NEEDED_MB=8000 # measured: 6.6 GB, most of it PyTorch and its GPU libraries
STAMP=.venv/installed
LOG=.venv/install.log

fail() {
    echo "error: $1" >&2
    exit 1
}

# What a set-up depends on. The folder is part of it: a moved .venv does not work.
fingerprint() {
    { pwd; cat requirements.lock pyproject.toml scripts/setup.sh; } | cksum
}

find_python() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo none)
    fail "Python 3.11 or newer is needed (found: $found). Install it, or name it: make setup PYTHON=/path/to/python3.11"
}

# explain LOG WHAT: one sentence for the usual causes, else the end of the log.
explain() {
    if grep -qiE 'no space left|disk quota' "$1"; then
        fail "The disk filled up while $2. About $NEEDED_MB MB are needed here and in uv's cache; free some and run again."
    elif grep -qiE 'dns error|connect|connection|timed out|timeout|unreachable|failed to fetch|error sending request|name resolution|retries' "$1"; then
        fail "The package index could not be reached while $2. Check the network (or UV_DEFAULT_INDEX, PIP_INDEX_URL, HTTPS_PROXY) and run again."
    fi
    tail -n 15 "$1" >&2
    fail "$2 failed; the lines above say why (all of it is in $1)."
}

[ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint)" ] && exit 0

python=$(find_python)
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$python has no venv module. On Debian or Ubuntu: apt-get install python3-venv"
command -v git >/dev/null || fail "git is needed and was not found. On Debian or Ubuntu: apt-get install git"
if [ ! -d .venv ]; then
    free=$(df -Pm . | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "${NEEDED_MB}" ] || fail "The disk has $free MB left here, and set-up needs about $NEEDED_MB MB. Free some and run again."
fi

echo "Setting up .venv ($("$python" --version)); a first time takes about half a minute on a fast network."
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    "$python" -m venv --clear .venv >/dev/null 2>"${TMPDIR:-/tmp}/unrender-venv.$$" || explain "${TMPDIR:-/tmp}/unrender-venv.$$" "making .venv"
    rm -f "${TMPDIR:-/tmp}/unrender-venv.$$"
fi
rm -f "$STAMP"

.venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 2 --timeout 20 "uv==$UV" >"$LOG" 2>&1 ||
    explain "$LOG" "installing uv"
# A mirror set for pip is meant for uv too.
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] && [ -n "${PIP_INDEX_URL:-}" ]; then
    export UV_DEFAULT_INDEX="$PIP_INDEX_URL"
fi
uv() {
    command .venv/bin/uv pip install --python .venv/bin/python "$@" >"$LOG" 2>&1
}
uv --compile-bytecode --require-hashes -r requirements.lock || explain "$LOG" "installing the locked packages"
# The command .venv/bin/unrender follows the checkout. Stages do not use it: DVC runs them with PYTHONPATH=src.
uv --no-deps --no-build-isolation --editable . || explain "$LOG" "installing unrender itself"
.venv/bin/python scripts/plots_page.py >"$LOG" 2>&1 || explain "$LOG" "writing the page for dvc plots"

fingerprint >"$STAMP"
