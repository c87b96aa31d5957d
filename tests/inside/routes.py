"""A program: prints every route and event that the whole app has, as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from whole_app import WholeApp


async def main(folder: Path) -> None:
    server = WholeApp(folder / "data", AUTH="password").server
    routes = set()
    for route in server.app.router.routes:
        methods = getattr(route, "methods", None) or {""}
        routes |= {f"{method} {route.path}".strip() for method in methods - {"HEAD"} or methods}
    sys.stdout.write(json.dumps({"routes": sorted(routes), "events": sorted(server.sio.handlers["/"])}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the app's threads would hold it up


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
