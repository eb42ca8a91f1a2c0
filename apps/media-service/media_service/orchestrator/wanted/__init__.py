"""What should run, decided: publishers come and go, workers end, the operator asks, time passes.

Pure: the moment is handed in (`now_s`, of a monotonic clock), and nothing is touched. `control` obeys.
"""
