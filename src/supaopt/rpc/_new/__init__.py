"""
New atomic functions: writes that are declared in Python, as SQL and a typed wrapper.

`atomic` records what a declaration does, `resolve` looks each name up in a catalogue, `sql` and
`python` write down what came of it.
"""
