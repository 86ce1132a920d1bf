"""The pieces of the Gradio page. Only layout.py imports gradio; everything else makes text out of values."""
