"""The pieces of the Gradio page. layout.py, chat.py and desk.py import gradio, serve.py does so late; all else makes text out of values."""
