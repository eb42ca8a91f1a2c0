"""What speaks: asked of the speech service now and then, told to the page at once."""
