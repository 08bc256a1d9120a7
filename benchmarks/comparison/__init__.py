"""Chinwag beside other systems: the same conversations, the same measures, each system in a fresh process.

``python -m benchmarks.comparison`` (or ``make bench-peers``) measures; ``--write`` puts the result into the docs. One
module a system, each a ``Peer`` (``shape.py``) written as that system's own documentation shows; the measures know
nothing of the systems. What a system does not have is said in words, and so is a system that is not installed.
"""
