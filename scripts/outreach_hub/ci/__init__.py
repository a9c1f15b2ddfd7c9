"""Slim CI: what a pull request changed, built beside production and compared with it.

`state` keeps what production was built from, `changes` finds what differs, `beside` makes room for
a pull request's own hub and clears it away, `deferral` lets what is not built resolve to
production, `difference` compares rows, `slim` does it all in order, `outcome` is what came of it,
and `report` tells it.
"""
