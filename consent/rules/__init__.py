"""Rules of the gate: each module is one small pure function."""
