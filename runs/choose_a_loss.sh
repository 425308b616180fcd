#!/bin/sh
# Trains eight losses on the ring and the grid with ten seeds each, on one core, after
# tuning each of them with two other seeds; ships all numbers as
# data/choose_a_loss.json and samples as data/choose_a_loss.safetensors, which notebook
# 06 shows. Run it from the root of the repository. It can be stopped at any time: the
# runs in build/choose_a_loss are not repeated.
set -e
python -m runs.compare_losses
python -m runs.publish_losses
