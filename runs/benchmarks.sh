#!/bin/sh
# Measures everything that stands in benchmarks/README.md, on a machine that does nothing
# else meanwhile. Run it from the root of the repository.
set -e
python -m benchmarks.training
python -m benchmarks.points
