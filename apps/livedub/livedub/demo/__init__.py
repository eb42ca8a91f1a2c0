"""The demo: a programme that is made while it plays, published to a media server of its own, and dubbed live.

`script` and `schedule` say what is said when; `voice`, `lettering`, `picture` and `reader` make it, `studio`
is the process that sends it. `server` is the media server, `life` the whole; `watching` takes down what the
page would play, `hearing` measures it, `checks` judges. `words` is what people read.
"""
