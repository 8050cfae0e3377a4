#!/bin/sh
# Usage: set-up.sh VENV REQUIREMENT
# Makes VENV if it is not there and installs REQUIREMENT into it, editable, with the pins of constraints.txt:
# with uv where there is one, else with python3's own venv and pip.
set -eu
venv=$1
requirement=$2

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if command -v uv >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python '>=3.11' "$venv"
    echo "Installing optlab into $venv with uv ..."
    exec uv pip install --quiet --python "$venv/bin/python" --constraint constraints.txt --editable "$requirement"
fi

if [ ! -x "$venv/bin/python" ]; then
    for python in python3 python3.14 python3.13 python3.12 python3.11 none; do
        if [ "$python" != none ] && new_enough "$python"; then
            break
        fi
    done
    if [ "$python" = none ]; then
        echo "optlab needs Python 3.11 or newer and found none; install one, or install uv, which brings its own." >&2
        exit 1
    fi
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        echo "$python cannot make a virtual environment; on Debian and Ubuntu install the package python3-venv." >&2
        exit 1
    fi
fi
echo "Installing optlab into $venv with pip (a minute the first time) ..."
exec "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable "$requirement"
