"""The pages: templates, scripts and styles, and what fills them."""
