"""How dates and times are written where Django writes them; see FORMAT_MODULE_PATH."""
