"""What a person may ask of their data: to be erased, to see all of it, and that it is not kept for ever."""
