"""Every command that a page shows is run by a test, or has a reason why not.

`coverage` is the list of that; the tests of the pages that belong to no service are here too.
"""
