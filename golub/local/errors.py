"""What a local server says when it cannot run."""


class LocalServerError(Exception):
    """A local server cannot start or go on; the text is one sentence for the person at the keyboard."""
