"""The one exception of the library."""


class InputError(ValueError):
    """An argument, a file or a record that cannot be used as given.

    The message names the argument, what was expected, what came, the first row at fault, and the way out.
    """
