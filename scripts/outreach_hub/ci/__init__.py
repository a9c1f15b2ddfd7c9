"""Slim CI: what a pull request changed, built beside production and compared with it.

`state` keeps what production was built from, `changes` finds what differs, `beside` makes room for
a pull request's own hub and clears it away, `copies` fills it with what must not be minted afresh,
`deferral` lets everything else resolve to production, `difference` compares rows, `slim` does it
all in order, and `report` says what came of it.
"""
