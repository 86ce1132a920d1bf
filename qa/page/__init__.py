"""The pieces of the page. api.py, chat.py, desk.py, labels.py, layout.py, mcp.py and serve.py (late) import gradio.

The rest makes text of values.
"""
