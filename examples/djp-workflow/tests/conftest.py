"""Tests see neither the caller's settings nor its work tree's output."""

import os

import pytest


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DJP_") or name in ("SLIPWAY", "SOURCE_DATE_EPOCH")]:
        monkeypatch.delenv(name)
