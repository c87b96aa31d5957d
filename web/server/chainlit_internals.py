"""Internals of Chainlit, and of the servers that it runs on: what we replace or use beyond what they promise.

The first digits are of the source that was read; see agent/internals.py.
"""

from __future__ import annotations

import sys
from typing import Any

from agent import internals
from agent.errors import SettingsError
from agent.internals import listed, original

__all__ = ["INTERNALS", "check", "original", "replace"]

INTERNALS = (
    *listed(
        "chainlit 2.12.0",
        (
            "chainlit.__getattr__",
            "cc1469a42b84",
            "torch.compile asks it for names, and takes an AttributeError alone for a no",
            "chainlit.utils.make_module_getattr",
        ),
        ("chainlit.server.get_html_template", "1213b1de840d", "the page names no other host"),
        ("chainlit.server.get_markdown_str", "5fb73993bec1", "the About in the page's language"),
        ("chainlit.config.ChainlitConfig.load_translation", "d15021604b35", "the page in one of two languages"),
        ("chainlit.server.load_module", "442feb79fab0", "a save that cannot be imported changes nothing"),
        ("chainlit.message.ErrorMessage.__init__", "6e6dc923a411", "what an exception says is not shown"),
        ("chainlit.message.time", "b70aff9a29ad", "a message does not sleep", "chainlit.message"),
        ("chainlit.step.time", "09dd3a57919e", "a step does not sleep", "chainlit.step"),
        ("chainlit.emitter.ChainlitEmitter.send_step", "3d4f3bc69f94", "the page gets Markdown as it was meant"),
        ("chainlit.emitter.ChainlitEmitter.update_step", "010daf942396", "the page gets Markdown as it was meant"),
        ("chainlit.emitter.ChainlitEmitter.stream_start", "7f5882a2acc2", "the page gets Markdown as it was meant"),
        ("chainlit.emitter.ChainlitEmitter.resume_thread", "ffbbe1f5bd8c", "a long chat is sent in slices"),
        ("chainlit.config.FILES_DIRECTORY", "dec442222708", "uploads lie in a folder of this process"),
        ("chainlit.server.FILES_DIRECTORY", "dec442222708", "uploads lie in a folder of this process"),
        ("chainlit.server.validate_file_mime_type", "8fde437aeb79", "a file is refused by what it holds, in words"),
        (
            "chainlit.data._data_layer",
            "6fc12af64998",
            "a hot reload's data layer takes the place of that before",
            "chainlit.data.get_data_layer",
        ),
        (
            "chainlit.data._data_layer_initialized",
            "6fc12af64998",
            "a hot reload's data layer takes the place of that before",
            "chainlit.data.get_data_layer",
        ),
        (
            "chainlit.config.config.code",
            "1179c7f81ff9",
            "the handlers of logins, set past the decorators, and those that we call",
            "chainlit.config.CodeSettings",
        ),
        (
            "chainlit.config.config.features.spontaneous_file_upload",
            "9490e4ecd662",
            "how large a file may be, as the settings say",
            "chainlit.config.SpontaneousFileUploadFeature",
        ),
        ("chainlit.socket._authenticate_connection", "dd611342c454", "who connects, by the login that still holds"),
        ("chainlit.socket.connect", "af877e77fdaf", "only the user's own chat is asked for; then it is called"),
        (
            "chainlit.socket.connection_successful",
            "01906caaa09c",
            "a page is greeted once for each connection; then it is called",
        ),
        ("chainlit.socket.message", "881d2b04d490", "a chat is saved under its first message; then it is called"),
        ("chainlit.socket.edit_message", "e3010445e13b", "what comes after an edit is forgotten; then it is called"),
        ("chainlit.socket.change_settings", "49d61451f72c", "the panel's values are checked by us"),
        ("chainlit.socket.disconnect", "67cc311b9fa7", "a closed page is freed by us"),
        ("chainlit.socket.stop", "88aca4ce2e13", "Stop says what it did in the page's language"),
        ("chainlit.server._authenticate_user", "ec62ef4dda76", "the answer to a login, and its cookie"),
        ("chainlit.server.upload_file", "f7e4dc1f3868", "called behind our checks"),
        ("chainlit.server.get_file", "523c1bb11110", "called behind our checks"),
        ("chainlit.server.serve", "e075e0b2d260", "the page of the login, at an address of ours"),
        ("chainlit.session.BaseSession.__init__", "1c39b86127bd", "fields of a page's session"),
        ("chainlit.session.WebsocketSession.__init__", "063b833f127b", "fields of a page's session"),
        ("chainlit.session.WebsocketSession.restore", "8f1b6b88dbca", "what of them stays when a page connects again"),
        ("chainlit.session.WebsocketSession.delete", "7016890a20b3", "what is freed of a closed page"),
        ("chainlit.session.ws_sessions_id", "d9bf4e26ecbd", "open pages"),
        ("chainlit.session.ws_sessions_sid", "c009be7c8f02", "open pages"),
        ("chainlit.user_session.user_sessions", "783a65e33d2f", "what is freed of a closed page"),
        ("chainlit.chat_context.chat_contexts", "d5c6fbad0a93", "the messages that edits need"),
    ),
    *listed(
        "python-engineio 4.15.1",
        (
            "chainlit.server.sio.eio.cors_allowed_origins",
            "04c879971bd9",
            "no script of another site opens a connection",
            "engineio.base_server.BaseServer._cors_allowed_origins",
        ),
        (
            "chainlit.server.sio.eio.max_http_buffer_size",
            "9987c912f0aa",
            "what a page without a WebSocket posts may be as long as in one",
            "engineio.base_server.BaseServer.__init__",
        ),
        (
            "chainlit.server.sio.eio.sockets",
            "e24ac85b7707",
            "the queue of a page's connection",
            "engineio.base_socket.BaseSocket.__init__",
        ),
        (
            "chainlit.server.sio.eio.disconnect",
            "f509c8ab6bba",
            "a page that asks for far too much",
            "engineio.async_server.AsyncServer.disconnect",
        ),
    ),
    *listed(
        "python-socketio 5.18.1",
        (
            "chainlit.server.sio.packet_class.json",
            "4499805cf2bb",
            "the JSON of events is read cleaned, and sent as it is if it is ready",
            "socketio.packet.Packet",
        ),
        (
            "chainlit.server.sio._trigger_event",
            "9b515a8aca90",
            "whether a login still holds is asked before each event",
            "socketio.async_server.AsyncServer._trigger_event",
        ),
        (
            "chainlit.server.sio.environ",
            "20a4c0740e1c",
            "the request that opened a connection",
            "socketio.base_server.BaseServer.__init__",
        ),
        (
            "chainlit.server.sio.handlers",
            "20a4c0740e1c",
            "an event that waited in the page is handled as any",
            "socketio.base_server.BaseServer.__init__",
        ),
        (
            "chainlit.server.sio.not_handled",
            "20a4c0740e1c",
            "an event that may not pass",
            "socketio.base_server.BaseServer.__init__",
        ),
        (
            "chainlit.server.sio.manager.is_connected",
            "9dd487367a5e",
            "whether a page has a connection",
            "socketio.base_manager.BaseManager.is_connected",
        ),
        (
            "chainlit.server.sio.manager.eio_sid_from_sid",
            "05f0e455bab0",
            "the queue of a page's connection",
            "socketio.base_manager.BaseManager.eio_sid_from_sid",
        ),
    ),
    *listed(
        "starlette 1.10.0",
        (
            "starlette.requests.json",
            "bc2e211cdf3d",
            "the JSON of requests is read cleaned",
            "starlette.requests.Request.json",
        ),
        (
            "starlette.formparsers.unquote_plus",
            "99a9bfe29979",
            "forms are read cleaned",
            "starlette.formparsers.FormParser.parse",
        ),
        ("starlette.formparsers._user_safe_decode", "8050845c8f78", "forms are read cleaned"),
        (
            "starlette.applications.Starlette.build_middleware_stack",
            "518db934ff18",
            "layers of ours stand before Chainlit's",
        ),
        ("starlette._utils.get_route_path", "2a21b57aa683", "the path that a route is found by"),
    ),
    *listed(
        "uvicorn 0.54.0",
        ("uvicorn.config.HTTP_PROTOCOLS", "7ab42f7685d8", "connections that are slow or too many end"),
        ("uvicorn.config.WS_PROTOCOLS", "071caacdf1dd", "connections that are slow or too many end"),
        ("uvicorn.protocols.http.httptools_impl.HttpToolsProtocol", "ae3ad6c54108", "its methods are extended"),
        (
            "uvicorn.protocols.websockets.websockets_sansio_impl.WebSocketsSansIOProtocol",
            "069193728e96",
            "its methods are extended",
        ),
    ),
)


def check() -> None:
    """End the process, and name them, if some are not there."""
    try:
        internals.check(INTERNALS)
    except SettingsError as error:
        sys.exit(str(error))


def replace(target: str, value: Any) -> None:
    """Put `value` in the place of `target`; see agent/internals.py."""
    internals.replace(INTERNALS, target, value)
