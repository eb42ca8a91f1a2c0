"""nginx with its RTMP module."""

import re
import subprocess
from pathlib import Path

from media_service.testmedia.program import Program

from servers.ports import LOCAL, free_port, listens

_CONFIG = """
load_module {modules}/ngx_rtmp_module.so;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
rtmp {{
  access_log {folder}/rtmp.log;
  server {{
    listen {host}:{port};
    application live {{ live on; wait_key on; idle_streams on; {extra} {hooks} }}
    application hls {{ live on; hls on; hls_path {folder}/hls; hls_fragment 1s; hls_playlist_length 20s; }}
  }}
}}
http {{
  access_log off;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  server {{
    listen {host}:{http_port};
    location / {{
      root {folder}/hls;
      types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; }}
      add_header Cache-Control no-cache;
    }}
  }}
}}
"""


class RtmpServer(Program):
    """`url("x")` is published to and played; `hls_url("x")` plays what is published to `hls_in("x")`."""

    def __init__(self, folder: Path, *, extra: str = "", hooks_url: str | None = None) -> None:
        """`extra`: directives of the application; `hooks_url`: receives on_publish and on_publish_done."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hls").mkdir(exist_ok=True)
        self.port, self.http_port = free_port(), free_port()
        hooks = f"on_publish {hooks_url}; on_publish_done {hooks_url};" if hooks_url else ""
        config = folder / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                modules=_modules(),
                folder=folder,
                host=LOCAL,
                port=self.port,
                http_port=self.http_port,
                extra=extra,
                hooks=hooks,
            )
        )
        command: list[str | Path] = ["nginx", "-p", folder, "-c", config, "-e", folder / "error.log"]
        super().__init__(command, folder / "nginx.log")

    def start(self) -> None:
        super().start()
        self.wait_for(lambda: listens(self.port), "RTMP server")

    def url(self, name: str) -> str:
        return f"rtmp://{LOCAL}:{self.port}/live/{name}"

    def hls_in(self, name: str) -> str:
        return f"rtmp://{LOCAL}:{self.port}/hls/{name}"

    def hls_url(self, name: str) -> str:
        return f"http://{LOCAL}:{self.http_port}/{name}.m3u8"


def _modules() -> str:
    """Where this build of nginx keeps them."""
    built = subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=True, timeout=10).stderr
    found = re.search(r"--modules-path=(\S+)", built)
    if found is None:
        raise RuntimeError("this nginx loads no modules")
    return found[1]
