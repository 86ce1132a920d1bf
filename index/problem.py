"""The one kind of failure that is shown to a person."""


class Problem(Exception):
    """Something the person can put right; its message says what happened and what to do next.

    Everything else that is raised is a bug: logged with its traceback and reported as such.
    """
