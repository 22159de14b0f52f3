"""May we: programs, disclosures, the consent ledger and the gate."""
