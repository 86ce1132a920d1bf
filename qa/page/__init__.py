"""The pieces of the Gradio page. Those that have its parts or events import gradio (serve.py late), the rest makes text of values."""
