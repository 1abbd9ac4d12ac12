"""A frame and a size go in, styled text comes out. Nothing here uses Textual or keeps state."""
