"""What cnnspec says about a file: the `Diagnostic` value, the `Problem`s it is made from, and its renderers."""
