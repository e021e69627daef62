"""Invents data: the sandbox tenant, the same every time, and the factories that tests build their worlds with."""
