"""The demo: a programme that is made while it plays, published to a media server of its own, and dubbed live.

`script`, `schedule` and `faces` say what is heard and seen when, without any effect. `voice`, `lettering` and
`picture` make it, `studio` puts it on air as a process of its own. `server` is the media server, `life` the
whole, `watching` and `checks` what it looks at by itself. All but the last word is `media_service.testmedia`'s.
"""
