"""What the mixin cannot do, in words for the person who renders it."""


class BundleError(Exception):
    """Rendering fails."""


class MixinError(BundleError):
    """The mixin cannot be evaluated: a fault of its own, or a value that it refuses. The message is for the reader."""


class NothingToRender(BundleError):
    """The mixin has nothing of the kind that was asked for; the message says what is missing."""
