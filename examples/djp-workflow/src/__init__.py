"""djp-workflow: debate a question, judge the debate, publish the verdict."""

__version__ = "1.0.0"
