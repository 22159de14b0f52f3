"""The auditor's desk: one person's whole story, its proof, and what is needed to answer a regulator."""
