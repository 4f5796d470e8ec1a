"""What goes in and comes out, one module per noun; unknown fields are refused, never ignored."""
