"""`/images/...`: covers and profile pictures."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from companion.simulator.covers import cover_png, profile_png

SIZES: Final = (640, 300, 64)


def routes() -> list[web.RouteDef]:
    """`/images/cover/<name>.png` and `/images/profile/<name>.png`, each with `?size=640|300|64`."""
    return [web.get("/images/{kind:cover|profile}/{name:[A-Za-z0-9_-]{1,64}}.png", _image)]


async def _image(request: web.Request) -> web.Response:
    asked = request.query.get("size", str(SIZES[0]))
    if asked not in [str(size) for size in SIZES]:
        return web.Response(status=404)
    draw = cover_png if request.match_info["kind"] == "cover" else profile_png
    headers = {"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=draw(request.match_info["name"], int(asked)), content_type="image/png", headers=headers)
