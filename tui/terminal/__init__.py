"""The terminal itself: glyphs, colours, painting, and its restoration."""
