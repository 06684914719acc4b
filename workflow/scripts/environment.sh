#!/bin/sh
# Makes the environment of the lock: sh environment.sh .venv
# Takes the newest Python from 3.11 on that the lock was made for, or else any from 3.11 on.
set -eu
venv=$1
for python in python3.13 python3.12 python3.11 python3 python; do
  if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Setting up $venv with $("$python" --version) from requirements.txt (once, about a minute)"
    "$python" -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
      --requirement requirements.txt
    cp requirements.txt "$venv/requirements.txt"
    exit 0
  fi
done
echo "Hypertrial needs Python 3.11 or later with its venv module; none was found on PATH" >&2
exit 1
