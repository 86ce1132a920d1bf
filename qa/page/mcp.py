"""The functions of api.py as tools of an MCP server, where ARTICLE_QA_MCP wishes for it."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import gradio as gr

from index.problem import Problem


def need_mcp() -> None:
    """Raises Problem: without the package gradio would only print a line, and start without MCP."""
    if importlib.util.find_spec("mcp") is None:
        raise Problem('ARTICLE_QA_MCP is on, and the mcp package is not installed: pip install "article-qa[mcp]", or set it to false.')


def speak_json(page: gr.Blocks) -> None:
    """What a tool returns is told as JSON; gradio would write it as Python does. Raises Problem where the server did not start."""
    server = page.mcp_server_obj
    if server is None:
        raise Problem(f"The MCP server cannot be started: {page.mcp_error or 'gradio does not say why'}. Set ARTICLE_QA_MCP to false.")

    def as_json(data: Any, root_url: str) -> list[Any]:
        return [server.types.TextContent(type="text", text=json.dumps(output, ensure_ascii=False)) for output in data]

    server.postprocess_output_data = as_json  # type: ignore[method-assign]
