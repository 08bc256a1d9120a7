"""What a message costs, measured in one process on this machine: ``python -m benchmarks [NAME ...] [--quick]``.

Every figure is one JSON object a line on stdout; words for people go to stderr. Each system is measured in a fresh
process of its own, so that neither memory nor garbage collection of one weighs on the next. Nothing here is a test:
the tests of this package check that the benchmarks do the work they claim, and never how fast.
"""
