"""The seed of tests that take a sample: SLIPWAY_SEED, or another one each time; the same in all workers of one run."""

import os
import random


def seed():
    given = os.environ.get("SLIPWAY_SEED")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    return int(given) if given else random.Random(run).randrange(1 << 32) if run else random.SystemRandom().randrange(1 << 32)
