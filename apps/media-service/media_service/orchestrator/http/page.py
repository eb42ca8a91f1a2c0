"""The control room's page, its files, and the page of the API's documentation: all from this machine."""

import asyncio
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from media_service.orchestrator.http.files import FileAnswer, Opened, open_file
from media_service.orchestrator.http.headers import PAGE
from media_service.orchestrator.names.files import static_parts

SWAGGER = "vendor/swagger-ui"
_SWAGGER_POLICY = f"{PAGE}; style-src 'self' 'unsafe-inline'"
"""Swagger UI writes styles into its elements."""

_DOCS = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>livedub: the API</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/{SWAGGER}/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/static/{SWAGGER}/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START = """SwaggerUIBundle({
  url: "%s",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
"""
_READ = ["GET", "HEAD"]


def make_page(folder: Path, openapi: str) -> APIRouter:
    """`folder` is the page's, with `index.html` in it; `openapi` is where the API's document lies."""
    router = APIRouter(include_in_schema=False)
    root = folder.resolve()

    @router.api_route("/", methods=_READ)
    async def page() -> Response:
        return await _answer(root, ("index.html",), {"Content-Security-Policy": PAGE})

    @router.api_route("/static/{path:path}", methods=_READ)
    async def static(path: str) -> Response:
        parts = static_parts(path)
        if parts is None:
            raise HTTPException(404, "there is no such file")
        return await _answer(root, parts, {"Content-Security-Policy": PAGE})

    @router.get("/docs")
    async def docs() -> Response:
        script = await asyncio.to_thread(find, root, (*SWAGGER.split("/"), "swagger-ui-bundle.js"))
        if script is None:
            return RedirectResponse(openapi)
        script.file.close()
        headers = {"Content-Security-Policy": _SWAGGER_POLICY, "Cache-Control": "no-cache"}
        return Response(_DOCS, headers=headers, media_type="text/html")

    @router.get("/docs/start.js")
    async def start() -> Response:
        return Response(_START % openapi, media_type="text/javascript")

    return router


async def _answer(root: Path, parts: tuple[str, ...], headers: dict[str, str]) -> Response:
    opened = await asyncio.to_thread(find, root, parts)
    if opened is None:
        raise HTTPException(404, "there is no such file")
    return FileAnswer(opened, parts[-1], headers)


def find(root: Path, parts: tuple[str, ...]) -> Opened | None:
    """Also where a folder on the way leads elsewhere: None."""
    path = root.joinpath(*parts)
    if path.resolve() != path:
        return None
    return open_file(path)
