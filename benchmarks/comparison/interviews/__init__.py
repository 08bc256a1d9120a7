"""Chinwag's interview as it was at different times: one module for each script, as one file is at one time.

A changed program is a changed file to Chinwag: that is when it tries a conversation again that it had set aside.
"""
