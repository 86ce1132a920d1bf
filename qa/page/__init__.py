"""The pieces of the page. api.py, chat.py, desk.py, layout.py, mcp.py and serve.py (late) import gradio; the rest makes text of values."""
