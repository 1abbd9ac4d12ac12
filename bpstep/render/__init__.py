"""A frame and a size in, styled text out. Nothing here knows of Textual, nothing here keeps anything."""
