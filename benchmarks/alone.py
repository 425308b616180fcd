"""One loop in a process of its own, so that its memory can be told from the others'.

    python -m benchmarks.alone CASE LOOP STEPS

Prints the resident memory in bytes before the first step, and trains.
"""

import sys

import psutil

from benchmarks.cases import CASES, LOOPS


def main(case: str, loop: str, steps: str) -> None:
    """Build all that a loop needs, print the memory that this took, and train."""
    training = LOOPS[loop](CASES[case], CASES[case].images())
    print(psutil.Process().memory_info().rss, flush=True)
    training.train(int(steps))


if __name__ == "__main__":
    main(*sys.argv[1:])
