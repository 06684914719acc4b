#!/bin/sh
# Adds the packages of exports to the environment of the lock: sh export_tools.sh .venv
set -eu
venv=$1
echo "Adding the packages of requirements-export.txt to $venv (once, about half a minute)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  --requirement requirements-export.txt
cp requirements-export.txt "$venv/requirements-export.txt"
