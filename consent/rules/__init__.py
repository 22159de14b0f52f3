"""Rules of the gate: each module is one small pure function, `judge(facts, at, pack)`, with its own tests."""
