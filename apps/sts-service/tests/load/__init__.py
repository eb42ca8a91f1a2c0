"""The whole service under load, with scripted engines that are slow, fail and hang.

Three processes take part, so that none is measured by another's delays: the service (`load.service`), an
event loop with nothing to do (`load.idle`), whose lag is the machine's, and the test itself with its workers.
"""
