"""Text between the engines: `truecase` finishes what a transcriber without case or punctuation heard,
`pieces` cuts what is too long, `spoken` writes out for a synthesiser what is not written as it is said.

Rules and word lists only, the same answer every time; the stages and engines call in here.
"""
