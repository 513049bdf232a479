"""Use cases: one function is one thing a person or program wants done, in one transaction.

A function takes the ``Context`` (what the process is made of) and, where it writes, the ``Actor`` who asks. It
lets the domain judge, appends what was said through the unit of work, and returns plain values.
"""
