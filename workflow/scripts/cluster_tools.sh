#!/bin/sh
# Puts Snakemake's plugins for clusters beside the environment of the lock: sh cluster_tools.sh .venv
set -eu
venv=$1
echo "Adding the packages of requirements-cluster.txt to $venv/cluster (once, some seconds)"
rm -rf "$venv/cluster"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
  --target "$venv/cluster" --requirement requirements-cluster.txt
cp requirements-cluster.txt "$venv/cluster/requirements-cluster.txt"
