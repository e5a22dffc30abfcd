"""Carillon: record notifications once, decide what follows, deliver it exactly once."""
