"""Paper (纸面): one file for each document that leaves the house.

A document is a module of this package that holds a `document`: it declares its
names, its phase, what each page shows and its layout. `registry` finds it,
`typesetting` sets it with the bundled `fonts`, and `print_pack` binds what a
site needs into one file.
"""
