"""Changes and cancels, from the partner's 860 to our 865.

`change_*`, `applying` and `compare_change` are parts of `apply_change`.
"""
