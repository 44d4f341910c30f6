"""What ends a build; the message is for the person who started it."""


class CannotBuildError(Exception):
    """Something that the build needs is missing or wrong."""
